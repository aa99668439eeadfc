/** Kubernetes kinds for client certificates and access reviews, as far as we use them. */
import type { KubeObject, Resource } from '../object.ts';

export interface CertificateSigningRequest extends KubeObject {
  readonly spec: {
    /** The request, as PEM in base64. */
    readonly request: string;
    readonly signerName: string;
    readonly expirationSeconds?: number;
    readonly usages: readonly string[];
    /** The requester. The kube-apiserver sets this and the fields below, whatever the client sends. */
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

/** The longest lifetime of a client certificate of a cluster, in hours. It is short because a certificate cannot be revoked. */
export const MAX_CREDENTIAL_HOURS = 24;
