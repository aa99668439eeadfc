/**
 * The result of a translator: the lines of an object, and the problems that its author should know. The same translators
 * run in the controllers and, over manifests, in the CLI. Pure.
 */
import type { ProblemReason } from '../../api/auth/reasons.ts';
import type { Subject } from '../../api/schema/fields.ts';
import { EVERYWHERE, type RuleLine } from '../../authorization/rules/line.ts';
import { groupNode, unusable, userNode } from '../../authorization/rules/node-name.ts';

/** Why an object is not, or not fully, in force. The Ready condition takes its reason and message. */
export interface Problem {
  readonly reason: ProblemReason;
  readonly message: string;
  /** The missing object, if that is the problem. */
  readonly missing?: { readonly kind: string; readonly name: string };
}

export interface Translation {
  readonly lines: readonly RuleLine[];
  readonly problems: readonly Problem[];
  /** The users and groups for the status. */
  readonly users: readonly Subject[];
  readonly groups: readonly Subject[];
}

/** The subjects of an object. Manifests of the original API write null for an empty list. */
export interface SubjectLists {
  readonly users?: readonly Subject[] | null | undefined;
  readonly groups?: readonly Subject[] | null | undefined;
}

/** The nodes of the subjects that a line can hold, and the problems with the others. */
export interface ResolvedSubjects {
  readonly nodes: readonly string[];
  readonly users: readonly Subject[];
  readonly groups: readonly Subject[];
  readonly problems: readonly Problem[];
}

/** A user's node has their name within the tenant, or their id if they have no name; a group's node has its id. */
export function resolveSubjects(tenant: string, lists: SubjectLists): ResolvedSubjects {
  const users = lists.users ?? [];
  const groups = lists.groups ?? [];
  const nodes = new Set<string>();
  const problems: Problem[] = [];
  const add = (name: string, node: string): void => {
    const why = unusable(name);
    if (why === undefined) nodes.add(node);
    else problems.push({ reason: 'InvalidSubject', message: `${JSON.stringify(name)} ${why}` });
  };
  for (const user of users) add(loginName(user), userNode(tenant, loginName(user)));
  for (const group of groups) add(group.id, groupNode(tenant, group.id));
  return { nodes: [...nodes], users, groups, problems };
}

export function loginName(user: Subject): string {
  return user.name === undefined || user.name === '' ? user.id : user.name;
}

/** An edge from each member to `of`. An empty project means everywhere. */
export function edges(members: readonly string[], of: string, project = '', notAfter?: string): RuleLine[] {
  const domain = project === '' ? EVERYWHERE : project;
  return members.map((member) =>
    notAfter === undefined ? { ptype: 'g', member, of, domain } : { ptype: 'g', member, of, domain, notAfter },
  );
}
