/** The connection to the hub. Only commands that ask one load this, and with it the Kubernetes client. */
import { type Client, createClient } from '../runtime/client/client.ts';
import { loadKubeConfig } from '../runtime/client/credentials.ts';
import { ApiError, messageOf } from '../runtime/errors.ts';
import { InputError } from './errors.ts';

export interface HubOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
}

/** Throws InputError. */
export function openHub({ kubeconfig, context }: HubOptions): Client {
  const load = (): ReturnType<typeof loadKubeConfig> => {
    const config = loadKubeConfig(kubeconfig);
    if (context === undefined) return config;
    if (!config.getContexts().some(({ name }) => name === context))
      throw new InputError(`the kubeconfig has no context ${context}`);
    config.setCurrentContext(context);
    return config;
  };
  try {
    load();
  } catch (error) {
    throw new InputError(
      `${messageOf(error)}\nName a cluster with --kubeconfig or KUBECONFIG, or ask manifests with -f.`,
    );
  }
  return createClient(load, { fieldManager: 'kubectl-steward' });
}

/** Does something with the hub, and closes the connection. What the hub refuses is told in its own words. */
export async function withHub(options: HubOptions, work: (client: Client) => Promise<void>): Promise<void> {
  const client = openHub(options);
  try {
    await work(client);
  } catch (error) {
    if (error instanceof InputError) throw error;
    if (error instanceof ApiError && error.status < 500) throw new InputError(error.message);
    throw error instanceof ApiError ? error : new InputError(`cannot reach the hub: ${messageOf(error)}`);
  } finally {
    await client.close();
  }
}
