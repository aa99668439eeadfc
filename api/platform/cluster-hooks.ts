/** What is to happen before and after a cluster is created, upgraded, resized or deleted. */
import * as z from 'zod';
import { cel } from '../schema/cel.ts';

export const HOOK_MOMENTS = [
  'BeforeCreate',
  'AfterCreate',
  'BeforeUpgrade',
  'AfterUpgrade',
  'BeforeResize',
  'AfterResize',
  'BeforeDelete',
] as const;
export type HookMoment = (typeof HOOK_MOMENTS)[number];

const job = z
  .object({
    configMap: z.string().min(1).max(253).meta({
      description:
        'A ConfigMap in the namespace of the installation that holds the Job under the key job.yaml. The Job runs in that namespace.',
    }),
  })
  .meta({ description: 'A Job that has to complete.' });

const webhook = z
  .object({
    url: z
      .string()
      .max(2_048)
      .regex(/^https:\/\//, 'must begin with https://')
      .meta({ description: 'Where the Cluster is sent, with POST as JSON.' }),
    caBundle: z
      .string()
      .max(100_000)
      .optional()
      .meta({ description: 'The authorities of the server, PEM in base64.', format: 'byte' }),
    timeoutSeconds: z
      .int()
      .min(1)
      .max(30)
      .optional()
      .meta({ description: 'How long one answer may take; 10 by default.', format: 'int32' }),
  })
  .meta({ description: 'A server that has to answer with {"complete": true}. Until it does, it is asked again.' });

const hook = z
  .object({
    name: z
      .string()
      .min(1)
      .max(63)
      .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/)
      .meta({ description: 'The name of the hook.' }),
    moment: z.enum(HOOK_MOMENTS).meta({ description: 'When it runs.' }),
    job: job.optional(),
    webhook: webhook.optional(),
  })
  .meta({ ...cel({ rule: 'has(self.job) != has(self.webhook)', message: 'a hook is either a job or a webhook' }) });

export type Hook = z.infer<typeof hook>;

export function hooks(): z.ZodOptional<z.ZodNullable<z.ZodArray<typeof hook>>> {
  return z
    .array(hook)
    .max(20)
    .nullish()
    .meta({
      description: 'What has to happen at certain moments.',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
    });
}
