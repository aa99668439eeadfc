/** Builds the providers that the flags of the process ask for. */
import path from 'node:path';
import type { Cluster } from '../../api/platform/cluster.ts';
import type { ClusterType } from '../../api/platform/fields.ts';
import { type AuthorizerSource, writeAuthorization } from '../../clusters/connections/authorization-files.ts';
import { clusterAPIProvider } from '../../clusters/providers/cluster-api/provider.ts';
import { importedProvider } from '../../clusters/providers/imported/provider.ts';
import type { LocalOptions } from '../../clusters/providers/local/options.ts';
import { localProvider } from '../../clusters/providers/local/provider.ts';
import type { Provider } from '../../clusters/providers/provider.ts';
import type { Store } from '../../runtime/cache/store.ts';
import { type Flags, UsageError } from '../../runtime/process/flags.ts';

/** The providers by cluster type. Throws a UsageError when the flags do not go together. */
export function providersFor(flags: Flags, clusters: Pick<Store<Cluster>, 'list'>): ReadonlyMap<ClusterType, Provider> {
  const authorizer = authorizerIn(flags);
  const providers = [
    importedProvider(clusters),
    clusterAPIProvider({ authorization: authorizer }),
    ...localProviders(flags, authorizer),
  ];
  return new Map(providers.map((provider) => [provider.type, provider]));
}

/** The authorizer that new clusters ask, with the files that they need for it. */
function authorizerIn(flags: Flags): AuthorizerSource | undefined {
  const [url, directory] = [flags['authorizer-url'], flags['authorizer-directory']];
  if ((url === undefined) !== (directory === undefined))
    throw new UsageError('--authorizer-url and --authorizer-directory need each other: give both or neither');
  return typeof url === 'string' && typeof directory === 'string'
    ? { url, directory: path.resolve(directory) }
    : undefined;
}

function localProviders(flags: Flags, authorizer: AuthorizerSource | undefined): Provider[] {
  const directory = flags['local-directory'];
  if (typeof directory !== 'string') return [];
  const authorization: LocalOptions['authorization'] =
    authorizer === undefined ? undefined : (cluster, target) => writeAuthorization(authorizer, cluster, target);
  return [localProvider({ directory: path.resolve(directory), authorization })];
}
