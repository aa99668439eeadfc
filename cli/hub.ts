/**
 * Connects to the hub that the options name. Only commands that use one load this file, and with it the Kubernetes
 * client.
 */
import { type Client, createClient } from '../runtime/client/client.ts';
import { loadKubeConfig } from '../runtime/client/credentials.ts';
import { ApiError, messageOf } from '../runtime/errors.ts';
import { InputError, isInputError } from './errors.ts';
import type { HubOptions } from './options.ts';

/** Throws InputError for a kubeconfig that cannot be used. Nothing is sent yet. */
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
    throw new InputError(`${messageOf(error)}\nName a hub with --kubeconfig or KUBECONFIG, or read manifests with -f.`);
  }
  return createClient(load, { fieldManager: 'kubectl-steward' });
}

/** Runs `work` with a connection to the hub and closes it. Throws InputError, or ApiError for HTTP 5xx. */
export async function withHub(options: HubOptions, work: (client: Client) => Promise<void>): Promise<void> {
  const client = openHub(options);
  try {
    await work(client);
  } catch (error) {
    throw explainFailure(error);
  } finally {
    await client.close();
  }
}

/**
 * The error to report for one that a request to the hub threw: refusals in the hub's own words, failures to connect as
 * such.
 */
export function explainFailure(error: unknown): InputError | ApiError {
  if (isInputError(error)) return error;
  if (error instanceof ApiError) return error.status < 500 ? new InputError(error.message) : error;
  return new InputError(`cannot reach the hub: ${messageOf(error)}`);
}
