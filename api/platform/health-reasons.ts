/**
 * The reasons in the conditions Reachable, Healthy and Authorized of a Cluster, and of steps that reach the member
 * cluster.
 */
import type { ReasonDoc } from '../schema/reason.ts';

const ISSUE_AGAIN = 'Replace the credential in the Secret or ClusterCredential that the cluster names.';

export const HEALTH_REASONS = {
  Answers: { meaning: 'The API server answers.', action: 'Nothing.' },
  Accepted: { meaning: 'The API server accepts the credential.', action: 'Nothing.' },
  Recovering: {
    meaning: 'The last check passed, but not yet enough checks in a row.',
    action: 'Wait for the next checks.',
  },
  HostNotFound: {
    meaning: 'The host name of the API server cannot be resolved.',
    action: 'Check the address and the DNS of the hub.',
  },
  ConnectionRefused: {
    meaning: 'No program listens at the address of the API server.',
    action: 'Check the address, and that the API server runs.',
  },
  Timeout: {
    meaning: 'The API server does not answer in time.',
    action: 'Check firewalls and network policies between the hub and the cluster, and the load of the API server.',
  },
  NetworkUnreachable: {
    meaning: 'The hub has no network route to the API server.',
    action: 'Check routes, VPNs and firewalls between the hub and the cluster.',
  },
  NetworkError: { meaning: 'The connection failed for another reason.', action: 'Read the message.' },
  CertificateUntrusted: {
    meaning: 'The CA of the credential did not sign the certificate of the API server.',
    action: 'Put the CA of that cluster into the credential.',
  },
  CertificateForAnotherName: {
    meaning: 'The certificate of the API server is valid for other names only.',
    action: 'Use one of those names as the address, or set tls-server-name in the kubeconfig.',
  },
  CertificateExpired: {
    meaning: 'The certificate of the API server, or its CA, has expired.',
    action: 'Renew the certificate.',
  },
  Overloaded: {
    meaning: 'The API server rejects requests because it is overloaded (HTTP 429).',
    action: 'Look for clients that send too many requests.',
  },
  ServerError: {
    meaning: 'The API server answers with a server error (HTTP 5xx).',
    action: 'Check the API server and its etcd.',
  },
  UnexpectedAnswer: {
    meaning: 'The server answers as no Kubernetes API server does.',
    action: 'Check the address.',
  },
  NotKubernetes: { meaning: 'The server is not a Kubernetes API server.', action: 'Check the address.' },
  HealthNotTold: {
    meaning: 'The API server answers, but has no /readyz or does not let the credential read it.',
    action: 'Grant the credential `get` on the non-resource URL /readyz.',
  },
  Unauthorized: {
    meaning: 'The API server rejects the credential (HTTP 401).',
    action: ISSUE_AGAIN,
  },
  Forbidden: {
    meaning: 'The credential is valid, but lacks a permission.',
    action: 'Grant the permission in the message.',
  },
  Unreachable: { meaning: 'Unknown while the cluster is not reached.', action: 'See the condition Reachable.' },
  NotAuthorized: { meaning: 'Unknown while the credential is not accepted.', action: 'See the condition Authorized.' },
  Unhealthy: { meaning: 'Unknown while the API server is not healthy.', action: 'See the condition Healthy.' },
  CredentialUnusable: {
    meaning: 'Unknown because there is no usable credential.',
    action: 'See the condition Authorized.',
  },
  CredentialMissing: {
    meaning: 'The cluster has no credential yet.',
    action:
      'Wait for its creation; for an imported cluster, set `spec.kubeconfigSecret` or `spec.clusterCredentialRef`.',
  },
  SecretNotFound: {
    meaning: 'The Secret of the credential does not exist in the namespace of the installation.',
    action: 'Create the Secret.',
  },
  SecretOfAnotherTenant: {
    meaning: 'The Secret is not labelled for the tenant of the cluster.',
    action: 'Have an administrator add the label in the message.',
  },
  SecretOfAnotherCluster: {
    meaning: 'The Secret is labelled for another cluster.',
    action: 'Name another Secret, or correct its label.',
  },
  CredentialNotFound: {
    meaning: 'The ClusterCredential does not exist.',
    action: 'Create it, or correct the reference.',
  },
  CredentialOfAnother: {
    meaning: 'The ClusterCredential is for another cluster or tenant.',
    action: 'Correct its tenantID and clusterName, or name another one.',
  },
  CredentialInvalid: {
    meaning: 'The credential is incomplete or malformed.',
    action: 'Correct the part in the message.',
  },
  CredentialRefused: {
    meaning: 'The credential uses a feature that Steward refuses, such as an exec plugin.',
    action: 'Use certificates, keys and tokens that stand in the credential itself.',
  },
} as const satisfies Readonly<Record<string, ReasonDoc>>;
