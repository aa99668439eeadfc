/** Hooks: Jobs and webhooks that run before and after a cluster is created, upgraded, resized or deleted. */
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
        'A ConfigMap in the namespace of the installation, with the Job under the key job.yaml. The Job runs in that namespace.',
    }),
  })
  .meta({ description: 'A Job that must complete.' });

const webhook = z
  .object({
    url: z
      .string()
      .max(2_048)
      .regex(/^https:\/\//, 'must begin with https://')
      .meta({ description: 'The URL to which the Cluster is sent, as JSON with POST.' }),
    caBundle: z.string().max(100_000).optional().meta({
      description: "The certificate authorities for the server's certificate, as PEM in base64.",
      format: 'byte',
    }),
    timeoutSeconds: z
      .int()
      .min(1)
      .max(30)
      .optional()
      .meta({ description: 'How long to wait for an answer. The default is 10.', format: 'int32' }),
  })
  .meta({ description: 'A server that must answer {"complete": true}. The request is repeated until it does.' });

const hook = z
  .object({
    name: z
      .string()
      .min(1)
      .max(63)
      .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/)
      .meta({ description: 'The name of the hook.' }),
    moment: z.enum(HOOK_MOMENTS).meta({ description: 'When the hook runs.' }),
    job: job.optional(),
    webhook: webhook.optional(),
  })
  .meta({ ...cel({ rule: 'has(self.job) != has(self.webhook)', message: 'a hook needs either a job or a webhook' }) });

export type Hook = z.infer<typeof hook>;

export function hooks(): z.ZodOptional<z.ZodNullable<z.ZodArray<typeof hook>>> {
  return z
    .array(hook)
    .max(20)
    .nullish()
    .meta({
      description: 'Jobs and webhooks to run before and after changes to the cluster.',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
    });
}
