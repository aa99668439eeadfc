/**
 * How users, groups, roles and policies are called in a Casbin line.
 *
 * Two different things must never get one name, or the rights of one become the rights of the other.
 * Subjects hold `##user##` or `##group##`, which no name of a Kubernetes object can hold. Roles and policies
 * stand in the lines under their plain object names, as users of the original know them; since a Role and a
 * Policy may have equal object names, the prefixes `rol-` and `role-` tell which of the two a plain name means,
 * and a name on the wrong side of that line is marked.
 */
const SEPARATOR = '##';
const EVERYONE = '*';

/** What a name is, as read from a line. */
export type NodeKind = 'user' | 'group' | 'role' | 'policy';

export interface NodeName {
  readonly kind: NodeKind;
  /** Only users and groups have a tenant. */
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

/** The subject that every user of the tenant also is. */
export function everyoneNode(tenant: string): string {
  return userNode(tenant, EVERYONE);
}

/** Whether a name of a line is a group's. Cheaper than reading it. */
export function isGroupNode(node: string): boolean {
  return node.includes(`${SEPARATOR}group${SEPARATOR}`) && readNode(node).kind === 'group';
}

export function roleNode(name: string): string {
  return readsAsRole(name) ? name : `role${SEPARATOR}${name}`;
}

export function policyNode(name: string): string {
  return readsAsRole(name) ? `policy${SEPARATOR}${name}` : name;
}

/** Reads a name of a line back. Names that no translator writes read as policies. */
export function readNode(node: string): NodeName {
  const subject = /^(.*?)##(user|group)##(.*)$/s.exec(node);
  const [, tenant, kind, name] = subject ?? [];
  if (tenant !== undefined && name !== undefined) return { kind: kind === 'group' ? 'group' : 'user', tenant, name };
  if (node.startsWith(`role${SEPARATOR}`)) return { kind: 'role', name: node.slice(4 + SEPARATOR.length) };
  if (node.startsWith(`policy${SEPARATOR}`)) return { kind: 'policy', name: node.slice(6 + SEPARATOR.length) };
  return { kind: readsAsRole(node) ? 'role' : 'policy', name: node };
}

/** Why a tenant, user or group id can't stand in a line, or undefined when it can. */
export function unusable(id: string): string | undefined {
  if (id === '') return 'is empty';
  if (id.includes(SEPARATOR)) return "holds '##', which separates the parts of a subject";
  // A control character has no place in a name, and a line break would begin another line.
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f\u0085\u2028\u2029]/.test(id)) return 'holds a line break or another control character';
  return undefined;
}

function readsAsRole(name: string): boolean {
  return name.startsWith('rol-') || name.startsWith('role-');
}
