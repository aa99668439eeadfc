/**
 * Explains why Cluster API cannot use a ClusterClass, from the status of the class. Pure. When a kind or template that
 * the class names is missing, Cluster API says which one only in its own log. So the message lists all that the class
 * names.
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

/** Returns a failure; undefined when the class reports no problem, so that waiting for it makes sense. */
export function classProblem({ metadata, spec = {}, status: said }: CapiObject): StepResult | undefined {
  const found = status.parse(said);
  const name = `ClusterClass ${metadata.namespace ?? ''}/${metadata.name}`;
  const templates = found.find(({ type }) => type === 'RefVersionsUpToDate');
  if (templates?.status === 'Unknown' && templates.reason === 'InternalError') {
    const { infrastructure, controlPlane, workers } = parts.parse(spec);
    const named = [...new Set(referencesIn([infrastructure, controlPlane, workers]))].join(', ');
    return failed(
      'ClassTemplatesMissing',
      `Cluster API cannot read all templates of ${name} (${named}): install the providers of these kinds (clusterctl init --infrastructure NAME), ` +
        "and create the missing templates; kubectl api-resources lists the kinds, and the log of Cluster API's manager says what is missing",
    );
  }
  const variables = found.find(({ type }) => type === 'VariablesReady');
  if (variables?.status !== 'False') return undefined;
  return failed('ClassVariablesFailed', `Cluster API cannot read the variables of ${name}: ${variables.message}`);
}

/**
 * The objects that the parts of a class refer to, in either API version. Cluster API does not read those of health
 * checks.
 */
function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([field, inner]: [string, unknown]) => {
    if (field === 'healthCheck' || field === 'machineHealthCheck') return [];
    const found = field === 'ref' || field === 'templateRef' ? reference.safeParse(inner).data : undefined;
    return found === undefined ? referencesIn(inner) : [`${found.kind} ${found.name} of ${found.apiVersion}`];
  });
}
