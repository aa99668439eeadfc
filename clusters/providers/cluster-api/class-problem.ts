/**
 * Why Cluster API does not get on with a ClusterClass, from what the class says of itself. Pure. When a kind or an object that the
 * class names is not there, Cluster API tells only its own log; which ones it looked for stands in the class.
 */
import * as z from 'zod';
import { failed, type StepResult } from '../provider.ts';
import { conditions } from './observed.ts';
import type { CapiObject } from './resources.ts';

const status = z
  .looseObject({ conditions, v1beta2: z.looseObject({ conditions }).optional() })
  .default({})
  .transform((given) => given.v1beta2?.conditions ?? given.conditions ?? []);
const reference = z.looseObject({ apiVersion: z.string(), kind: z.string(), name: z.string() });
const parts = z.looseObject({
  infrastructure: z.unknown().optional(),
  controlPlane: z.unknown().optional(),
  workers: z.unknown().optional(),
});

/** Undefined when it says of nothing that it is wrong: then it is to be waited for. */
export function classProblem({ metadata, spec = {}, status: said }: CapiObject): StepResult | undefined {
  const found = status.parse(said);
  const name = `ClusterClass ${metadata.namespace ?? ''}/${metadata.name}`;
  const templates = found.find(({ type }) => type === 'RefVersionsUpToDate');
  if (templates?.status === 'Unknown' && templates.reason === 'InternalError') {
    const { infrastructure, controlPlane, workers } = parts.parse(spec);
    const named = [...new Set(referencesIn([infrastructure, controlPlane, workers]))].join(', ');
    return failed(
      'ClassTemplatesMissing',
      `Cluster API can't read all templates that ${name} names (${named}): install the providers that have these kinds (clusterctl init --infrastructure NAME), ` +
        "and make the templates that are not there; kubectl api-resources shows the kinds, the log of Cluster API's manager what it did not find",
    );
  }
  const variables = found.find(({ type }) => type === 'VariablesReady');
  if (variables?.status !== 'False') return undefined;
  return failed('ClassVariablesFailed', `the variables of ${name} can't be found out: ${variables.message}`);
}

/** What the parts of a class refer to, in either API version. Those of health checks are not looked for. */
function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([field, inner]: [string, unknown]) => {
    if (field === 'healthCheck' || field === 'machineHealthCheck') return [];
    const found = field === 'ref' || field === 'templateRef' ? reference.safeParse(inner).data : undefined;
    return found === undefined ? referencesIn(inner) : [`${found.kind} ${found.name} of ${found.apiVersion}`];
  });
}
