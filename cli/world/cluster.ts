/** The world of a cluster: its Rules and projects, and who asks. */
import type { KubeObject, Resource } from '../../api/object.ts';
import type { Client } from '../../runtime/client/client.ts';
import { ApiError, messageOf } from '../../runtime/errors.ts';
import { InputError } from '../errors.ts';
import { openHub } from '../hub.ts';
import type { WorldOptions } from '../options.ts';
import { liveWorld } from './live.ts';
import type { Identity, OpenWorld } from './open.ts';

interface SelfSubjectReview extends KubeObject {
  readonly status?: {
    readonly userInfo?: {
      readonly username?: string;
      readonly groups?: readonly string[];
      readonly extra?: Readonly<Record<string, readonly string[]>>;
    };
  };
}

const reviews: Resource<SelfSubjectReview> = {
  group: 'authentication.k8s.io',
  version: 'v1',
  kind: 'SelfSubjectReview',
  plural: 'selfsubjectreviews',
  namespaced: false,
};

/** Throws InputError. */
export async function openCluster({ kubeconfig, context }: WorldOptions, nowMs: number): Promise<OpenWorld> {
  const client = openHub({
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { context }),
  });
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
  const review = await client.create(reviews, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'SelfSubjectReview',
    metadata: { name: '' },
  });
  const { username = '', groups = [], extra = {} } = review.status?.userInfo ?? {};
  return { user: username, groups, extra };
}
