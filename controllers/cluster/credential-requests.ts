/**
 * Answers CertificateSigningRequests for the signer `platform.tkestack.io/CLUSTER` with a client certificate for that
 * cluster, in the requester's name and groups as the hub's kube-apiserver knows them. A requester gets it if the hub's
 * authorization allows them `create` on `clusters/credentials` of that name, just as Kubernetes checks
 * `serviceaccounts/token`. What they may do in the cluster is decided there.
 */
import { SIGNER_PREFIX, TENANT_EXTRA, TENANT_GROUP_PREFIX, tenantGroup } from '../../api/installation.ts';
import {
  type CertificateSigningRequest,
  certificateSigningRequests,
  MAX_CREDENTIAL_HOURS,
  subjectAccessReviews,
} from '../../api/kubernetes/certificates.ts';
import { type Cluster, clusters } from '../../api/platform/cluster.ts';
import type { CredentialRequestReason } from '../../api/platform/reasons.ts';
import { type Authority, RequestError } from '../../clusters/controlplane/certificates.ts';
import type { Store } from '../../runtime/cache/store.ts';
import type { Client } from '../../runtime/client/client.ts';
import { messageOf } from '../../runtime/errors.ts';
import type { Outcome } from '../../runtime/loop/controller.ts';

/** The subresource that a requester must be allowed to create. It exists only in rules, not in the API. */
const CREDENTIALS = 'credentials';

const DEFAULT_SECONDS = 8 * 3_600;
const MAX_SECONDS = MAX_CREDENTIAL_HOURS * 3_600;
const MIN_SECONDS = 600;
const USAGES = new Set(['client auth', 'digital signature', 'key encipherment']);

export interface CredentialTools {
  readonly client: Client;
  readonly requests: Store<CertificateSigningRequest>;
  readonly clusters: Store<Cluster>;
  /** The CA that signs the client certificates of a cluster; undefined when its provider does not hold the key. */
  readonly authorityOf: (cluster: Cluster) => Promise<Authority | undefined>;
  readonly now: () => number;
}

/** The name of the requested cluster; undefined for a request to another signer. */
function clusterOf({ spec }: CertificateSigningRequest): string | undefined {
  return spec.signerName.startsWith(SIGNER_PREFIX) ? spec.signerName.slice(SIGNER_PREFIX.length) : undefined;
}

export async function reconcileRequest(name: string, tools: CredentialTools): Promise<Outcome> {
  const request = tools.requests.get(name);
  const clusterName = request === undefined ? undefined : clusterOf(request);
  if (request === undefined || clusterName === undefined || isSettled(request)) return {};
  const decision = await decide(request, clusterName, tools);
  if ('refused' in decision) {
    await setCondition(request, { type: 'Denied', reason: decision.reason, message: decision.refused }, tools);
    return {};
  }
  if (!has(request, 'Approved'))
    await setCondition(
      request,
      { type: 'Approved', reason: 'MayGetCredentials', message: `may get credentials of cluster ${clusterName}` },
      tools,
    );
  const body = { status: { certificate: Buffer.from(decision.certificate).toString('base64') } };
  await tools.client.patch(certificateSigningRequests, { name }, { type: 'merge', body, subresource: 'status' });
  return {};
}

function isSettled(request: CertificateSigningRequest): boolean {
  return (request.status?.certificate ?? '') !== '' || has(request, 'Denied') || has(request, 'Failed');
}

function has({ status }: CertificateSigningRequest, type: string): boolean {
  return (status?.conditions ?? []).some((each) => each.type === type);
}

interface Refusal {
  readonly reason: CredentialRequestReason;
  readonly refused: string;
}

type Decision = Refusal | { readonly certificate: string };

const refuse = (reason: CredentialRequestReason, refused: string): Refusal => ({ reason, refused });

async function decide({ spec }: CertificateSigningRequest, name: string, tools: CredentialTools): Promise<Decision> {
  const usage = usageProblem(spec.usages);
  if (usage !== undefined) return refuse('UsageNotAllowed', usage);
  const user = userProblem(spec.username);
  if (user !== undefined) return refuse('UserReserved', user);
  // A requester without the permission must not learn whether the cluster exists.
  if (!(await mayHaveCredentials(spec, name, tools.client))) {
    return refuse(
      'Forbidden',
      `${spec.username ?? 'the user'} may not get credentials of cluster ${name}: they need create on clusters/${CREDENTIALS} of group ${clusters.group}`,
    );
  }
  const cluster = tools.clusters.get(name);
  if (cluster === undefined) return refuse('ClusterNotFound', `there is no Cluster ${name}`);
  const authority = await tools.authorityOf(cluster);
  if (authority === undefined)
    return refuse(
      'NoSigner',
      `Steward does not hold the key that signs client certificates of cluster ${name} (type ${cluster.spec.type}): ask the administrator of the cluster`,
    );
  return sign(spec, authority);
}

function usageProblem(usages: readonly string[]): string | undefined {
  const wrong = usages.find((usage) => !USAGES.has(usage));
  if (wrong === undefined && usages.includes('client auth')) return undefined;
  return wrong === undefined
    ? 'only client certificates are signed: request the usage client auth'
    : `only client certificates are signed: request the usages client auth, digital signature and key encipherment, but not ${wrong}`;
}

/**
 * In the cluster, such a name would be one of its own accounts or components, about which the authorizer is not asked.
 */
function userProblem(username = ''): string | undefined {
  if (!username.startsWith(SYSTEM)) return undefined;
  return `${username} is a name of Kubernetes itself, which the cluster would take for one of its own accounts: ask as a user whose name does not start with ${SYSTEM}`;
}

async function sign(spec: CertificateSigningRequest['spec'], authority: Authority): Promise<Decision> {
  const organizations = groupsOf(spec);
  if (organizations === undefined) return refuse('TenantUnclear', 'the user claims more than one tenant');
  const seconds = Math.min(MAX_SECONDS, Math.max(MIN_SECONDS, spec.expirationSeconds ?? DEFAULT_SECONDS));
  const request = Buffer.from(spec.request, 'base64').toString('utf8');
  try {
    return {
      certificate: await authority.certify(request, { commonName: spec.username ?? '', organizations, seconds }),
    };
  } catch (error) {
    if (error instanceof RequestError) return refuse('RequestInvalid', messageOf(error));
    throw error;
  }
}

async function mayHaveCredentials(
  { username, groups, uid, extra }: CertificateSigningRequest['spec'],
  name: string,
  client: Client,
): Promise<boolean> {
  const resourceAttributes = {
    group: clusters.group,
    version: clusters.version,
    resource: clusters.plural,
    subresource: CREDENTIALS,
    verb: 'create',
    name,
  };
  const review = await client.create(subjectAccessReviews, {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    metadata: { name: '' },
    spec: { user: username, groups, uid, extra, resourceAttributes },
  });
  return review.status?.allowed === true && review.status.denied !== true;
}

/** The prefix of Kubernetes' own users and groups. */
const SYSTEM = 'system:';
/**
 * Prefixes of groups that must not come from the hub: the members of kubeadm:cluster-admins may do everything in a
 * cluster.
 */
const RESERVED = [SYSTEM, 'kubeadm:'];

/**
 * The groups in the certificate; undefined when the requester claims more than one tenant. System groups are left out:
 * they describe the requester on the hub, and system:masters would grant everything in the cluster. A certificate has
 * no extra, so the tenant in the requester's extra becomes a group, which the authorizer reads as the tenant.
 */
function groupsOf({ groups = [], extra = {} }: CertificateSigningRequest['spec']): string[] | undefined {
  const plain = groups.filter((group) => !RESERVED.some((prefix) => group.startsWith(prefix)));
  const tenants = new Set(extra[TENANT_EXTRA] ?? []);
  if (tenants.size === 0) return plain;
  const [tenant] = tenants;
  return tenants.size > 1
    ? undefined
    : [...plain.filter((group) => !group.startsWith(TENANT_GROUP_PREFIX)), tenantGroup(tenant ?? '')];
}

interface RequestCondition {
  readonly type: 'Approved' | 'Denied';
  readonly reason: CredentialRequestReason;
  readonly message: string;
}

async function setCondition(
  request: CertificateSigningRequest,
  condition: RequestCondition,
  { client, now }: CredentialTools,
): Promise<void> {
  const at = new Date(now()).toISOString();
  const conditions = [
    ...(request.status?.conditions ?? []),
    { ...condition, status: 'True', lastUpdateTime: at, lastTransitionTime: at },
  ];
  await client.patch(certificateSigningRequests, request.metadata, {
    type: 'merge',
    body: { status: { conditions } },
    subresource: 'approval',
  });
}
