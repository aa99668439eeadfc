/** CertificateSigningRequest of Kubernetes: how a user asks for a client certificate. */
import type { KubeObject, Resource } from '../object.ts';

export interface CertificateSigningRequest extends KubeObject {
  readonly spec: {
    /** The request, PEM in base64. */
    readonly request: string;
    readonly signerName: string;
    readonly expirationSeconds?: number;
    readonly usages: readonly string[];
    /** Who asks: set by the kube-apiserver, whatever the client says. */
    readonly username?: string;
    readonly groups?: readonly string[];
    readonly uid?: string;
    readonly extra?: Readonly<Record<string, readonly string[]>>;
  };
  readonly status?: {
    readonly certificate?: string;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly message?: string;
    }[];
  };
}

export const certificateSigningRequests: Resource<CertificateSigningRequest> = {
  group: 'certificates.k8s.io',
  version: 'v1',
  kind: 'CertificateSigningRequest',
  plural: 'certificatesigningrequests',
  namespaced: false,
};

export interface SubjectAccessReview extends KubeObject {
  readonly spec: object;
  readonly status?: { readonly allowed: boolean; readonly denied?: boolean; readonly reason?: string };
}

export const subjectAccessReviews: Resource<SubjectAccessReview> = {
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SubjectAccessReview',
  plural: 'subjectaccessreviews',
  namespaced: false,
};

/** For how many hours the client certificate of a cluster is good at most: it can't be taken back. */
export const MAX_CREDENTIAL_HOURS = 24;
