/** Reads a Cluster and a ClusterClass of Cluster API, in either API version, into one shape. Pure. */
import * as z from 'zod';
import type { ClassFacts } from './manifest.ts';
import { type CapiObject, OWNER_ANNOTATION, PAUSED_ANNOTATION } from './resources.ts';

export interface CapiCondition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration: number;
}

export interface Counts {
  readonly desired: number;
  readonly replicas: number;
  readonly ready: number;
  readonly upToDate: number;
  /** The versions of the machines; empty where Cluster API does not report them. */
  readonly versions: readonly string[];
}

export interface Observed {
  readonly uid: string;
  readonly generation: number;
  readonly isDeleted: boolean;
  /** The uid of the Cluster object that it was created for. */
  readonly owner: string | undefined;
  readonly paused: boolean;
  /** Whether the controller paused it. A pause by anyone else is left alone. */
  readonly pausedByUs: boolean;
  readonly infrastructureReady: boolean;
  readonly controlPlaneInitialized: boolean;
  /** Undefined where Cluster API is older than 1.9, which does not report what is up to date. */
  readonly conditions: readonly CapiCondition[] | undefined;
  readonly controlPlane: Counts | undefined;
  readonly workers: Counts | undefined;
}

const count = z.number().default(0);
const counts = z
  .looseObject({
    desiredReplicas: count,
    replicas: count,
    readyReplicas: count,
    upToDateReplicas: count,
    versions: z.array(z.looseObject({ version: z.string() })).optional(),
  })
  .optional();
export const conditions = z
  .array(
    z.looseObject({
      type: z.string(),
      status: z.string(),
      reason: z.string().default(''),
      message: z.string().default(''),
      observedGeneration: count,
    }),
  )
  .optional();
const reported = z.looseObject({ conditions, controlPlane: counts, workers: counts });
const v1beta2 = reported.extend({
  initialization: z
    .looseObject({ infrastructureProvisioned: z.boolean().optional(), controlPlaneInitialized: z.boolean().optional() })
    .optional(),
});
const v1beta1 = z.looseObject({ infrastructureReady: z.boolean().optional(), v1beta2: reported.optional() });
const specified = z.looseObject({ paused: z.boolean().optional() }).optional();

/** Throws a ZodError when a field does not have the type that Cluster API declares. */
export function observe(object: CapiObject): Observed {
  const { metadata, apiVersion, spec, status = {} } = object;
  return {
    uid: metadata.uid ?? '',
    generation: metadata.generation ?? 0,
    isDeleted: metadata.deletionTimestamp !== undefined,
    owner: metadata.annotations?.[OWNER_ANNOTATION],
    paused: specified.parse(spec)?.paused === true,
    pausedByUs: metadata.annotations?.[PAUSED_ANNOTATION] !== undefined,
    ...(apiVersion.endsWith('/v1beta1') ? fromOld(v1beta1.parse(status)) : fromNew(v1beta2.parse(status))),
  };
}

type FromStatus = Pick<
  Observed,
  'infrastructureReady' | 'controlPlaneInitialized' | 'conditions' | 'controlPlane' | 'workers'
>;

function fromNew({ initialization, ...status }: z.infer<typeof v1beta2>): FromStatus {
  return {
    infrastructureReady: initialization?.infrastructureProvisioned === true,
    controlPlaneInitialized: initialization?.controlPlaneInitialized === true,
    conditions: status.conditions ?? [],
    controlPlane: countsOf(status.controlPlane),
    workers: countsOf(status.workers),
  };
}

function fromOld({ infrastructureReady, v1beta2: status }: z.infer<typeof v1beta1>): FromStatus {
  return {
    infrastructureReady: infrastructureReady === true,
    // Not the field controlPlaneReady, which turns false again during an upgrade.
    controlPlaneInitialized:
      status?.conditions?.some(({ type, status: holds }) => type === 'ControlPlaneInitialized' && holds === 'True') ===
      true,
    conditions: status === undefined ? undefined : (status.conditions ?? []),
    controlPlane: countsOf(status?.controlPlane),
    workers: countsOf(status?.workers),
  };
}

function countsOf(given: z.infer<typeof counts>): Counts | undefined {
  if (given === undefined) return undefined;
  const { desiredReplicas: desired, replicas, readyReplicas: ready, upToDateReplicas: upToDate, versions = [] } = given;
  return { desired, replicas, ready, upToDate, versions: versions.map(({ version }) => version) };
}

const classSpec = z.looseObject({
  workers: z.looseObject({ machineDeployments: z.array(z.looseObject({ class: z.string() })).optional() }).optional(),
  variables: z.array(z.looseObject({ name: z.string() })).optional(),
});

export function classFactsOf({ metadata, spec = {} }: CapiObject): ClassFacts {
  const { workers, variables = [] } = classSpec.parse(spec);
  return {
    name: metadata.name,
    namespace: metadata.namespace ?? '',
    workers: (workers?.machineDeployments ?? []).map((each) => each.class),
    variables: variables.map(({ name }) => name),
  };
}
