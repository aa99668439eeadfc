/** The world of a hub: its Rules and projects, and the user who asks. */
import type { KubeObject, Resource } from '../../api/object.ts';
import type { Client } from '../../runtime/client/client.ts';
import { explainFailure, openHub } from '../hub.ts';
import type { HubOptions } from '../options.ts';
import { liveWorld } from './live.ts';
import type { Identity, OpenWorld } from './world.ts';

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

/** Reads the whole world; questions are then answered from memory. Throws InputError, or ApiError for HTTP 5xx. */
export async function openCluster(options: HubOptions, nowMs: number): Promise<OpenWorld> {
  const client = openHub(options);
  try {
    const world = await liveWorld(client, nowMs);
    return { ...world, whoAmI: () => whoAmI(client), close: () => client.close() };
  } catch (error) {
    await client.close();
    throw explainFailure(error);
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
