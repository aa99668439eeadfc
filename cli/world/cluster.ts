/** The connection to a cluster. Only commands that ask one load this, and with it the Kubernetes client. */
import type { KubeObject, Resource } from '../../api/object.ts';
import { type Client, createClient } from '../../runtime/client.ts';
import { loadKubeConfig } from '../../runtime/credentials.ts';
import { ApiError, messageOf } from '../../runtime/errors.ts';
import { InputError } from '../errors.ts';
import type { WorldOptions } from '../options.ts';
import { liveWorld } from './live.ts';
import type { Identity, OpenWorld } from './open.ts';

interface SelfSubjectReview extends KubeObject {
  readonly status?: {
    readonly userInfo?: { readonly username?: string; readonly groups?: readonly string[]; readonly extra?: Readonly<Record<string, readonly string[]>> };
  };
}

const reviews: Resource<SelfSubjectReview> = {
  group: 'authentication.k8s.io', version: 'v1', kind: 'SelfSubjectReview', plural: 'selfsubjectreviews', namespaced: false,
};

/** Throws InputError. */
export async function openCluster({ kubeconfig, context }: WorldOptions, nowMs: number): Promise<OpenWorld> {
  const load = (): ReturnType<typeof loadKubeConfig> => {
    const config = loadKubeConfig(kubeconfig);
    if (context === undefined) return config;
    if (!config.getContexts().some(({ name }) => name === context)) throw new InputError(`the kubeconfig has no context ${context}`);
    config.setCurrentContext(context);
    return config;
  };
  try {
    load();
  } catch (error) {
    throw new InputError(`${messageOf(error)}\nName a cluster with --kubeconfig or KUBECONFIG, or ask manifests with -f.`);
  }
  const client = createClient(load, { fieldManager: 'kubectl-steward' });
  try {
    const world = await liveWorld(client, nowMs);
    return { ...world, whoAmI: () => whoAmI(client), close: () => client.close() };
  } catch (error) {
    await client.close();
    if (error instanceof InputError || error instanceof ApiError) throw error;
    throw new InputError(`cannot reach the cluster: ${messageOf(error)}`);
  }
}

async function whoAmI(client: Client): Promise<Identity> {
  const review = await client.create(reviews, { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview', metadata: { name: '' } });
  const { username = '', groups = [], extra = {} } = review.status?.userInfo ?? {};
  return { user: username, groups, extra };
}
