/**
 * The names of users, groups, roles and policies in a Casbin line ("nodes").
 *
 * Two different things must never share a node, or one would get the rights of the other. The node of a user or group
 * contains `##user##` or `##group##`, which no name of a Kubernetes object can contain. The node of a Role or Policy is
 * its object name, as in the original. A Role and a Policy may have the same object name, so a name that begins with
 * `rol-` or `role-` means a Role and any other name a Policy; an object whose name says otherwise gets a prefix.
 */
const SEPARATOR = '##';
const EVERYONE = '*';

/** What a node stands for. */
export type NodeKind = 'user' | 'group' | 'role' | 'policy';

export interface NodeName {
  readonly kind: NodeKind;
  /** Set for users and groups only. */
  readonly tenant?: string;
  readonly name: string;
}

/** `TENANT##user##NAME`. */
export function userNode(tenant: string, name: string): string {
  return `${tenant}${SEPARATOR}user${SEPARATOR}${name}`;
}

/** `TENANT##group##ID`. */
export function groupNode(tenant: string, id: string): string {
  return `${tenant}${SEPARATOR}group${SEPARATOR}${id}`;
}

/** The catch-all subject: it stands for every user of the tenant. */
export function everyoneNode(tenant: string): string {
  return userNode(tenant, EVERYONE);
}

/** Whether a node is a group. Cheaper than readNode for other nodes. */
export function isGroupNode(node: string): boolean {
  return node.includes(`${SEPARATOR}group${SEPARATOR}`) && readNode(node).kind === 'group';
}

export function roleNode(name: string): string {
  return readsAsRole(name) ? name : `role${SEPARATOR}${name}`;
}

export function policyNode(name: string): string {
  return readsAsRole(name) ? `policy${SEPARATOR}${name}` : name;
}

/** Parses a node. A name that no translator writes is read as a policy. */
export function readNode(node: string): NodeName {
  const subject = /^(.*?)##(user|group)##(.*)$/s.exec(node);
  const [, tenant, kind, name] = subject ?? [];
  if (tenant !== undefined && name !== undefined) return { kind: kind === 'group' ? 'group' : 'user', tenant, name };
  if (node.startsWith(`role${SEPARATOR}`)) return { kind: 'role', name: node.slice(4 + SEPARATOR.length) };
  if (node.startsWith(`policy${SEPARATOR}`)) return { kind: 'policy', name: node.slice(6 + SEPARATOR.length) };
  return { kind: readsAsRole(node) ? 'role' : 'policy', name: node };
}

/** Why a line cannot contain a tenant, user or group id; undefined when it can. */
export function unusable(id: string): string | undefined {
  if (id === '') return 'is empty';
  if (id.includes(SEPARATOR)) return "contains '##', which separates the parts of a subject";
  // A line break would begin another line. No other control character belongs in a name.
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f\u0085\u2028\u2029]/.test(id)) return 'contains a line break or another control character';
  return undefined;
}

function readsAsRole(name: string): boolean {
  return name.startsWith('rol-') || name.startsWith('role-');
}
