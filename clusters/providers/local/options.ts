/** How the Local provider is configured. */
import type { AuthorizationFiles } from '../../connections/authorization-files.ts';

export interface LocalOptions {
  /** The directory with one folder for each cluster. */
  readonly directory: string;
  /** Makes the clusters call the authorizer; undefined when only RBAC decides in them. */
  readonly authorization: ClusterAuthorization | undefined;
}

/** Writes into `directory` what the kube-apiservers of a cluster need to call the authorizer. */
export type ClusterAuthorization = (cluster: string, directory: string) => Promise<AuthorizationFiles>;
