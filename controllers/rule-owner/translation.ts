/**
 * What a translator returns: the lines that an object stands for, and what its author should know.
 * Plain data; the same translators run in the controllers and, over files, in the command line. Pure.
 */
import type { ProblemReason } from '../../api/auth/reasons.ts';
import type { Subject } from '../../api/schema/fields.ts';
import { EVERYWHERE, type RuleLine } from '../../authorization/rules/line.ts';
import { groupNode, unusable, userNode } from '../../authorization/rules/node-name.ts';

/** Why an object is not, or not wholly, in force. The reason becomes the reason of the Ready condition. */
export interface Problem {
  readonly reason: ProblemReason;
  readonly message: string;
  /** The object that is missing, where that is the problem. */
  readonly missing?: { readonly kind: string; readonly name: string };
}

export interface Translation {
  readonly lines: readonly RuleLine[];
  readonly problems: readonly Problem[];
  /** The users and groups that the object names, each once. */
  readonly users: readonly Subject[];
  readonly groups: readonly Subject[];
}

/** The lists of subjects that most kinds have. Manifests of the original hold null for an empty list. */
export interface SubjectLists {
  readonly users?: readonly Subject[] | null | undefined;
  readonly groups?: readonly Subject[] | null | undefined;
}

/** A subject with the name that it has in a line, or the problem that keeps it out of one. */
export interface ResolvedSubjects {
  readonly nodes: readonly string[];
  readonly users: readonly Subject[];
  readonly groups: readonly Subject[];
  readonly problems: readonly Problem[];
}

/** A user is known by his name within the tenant (his id when no name is given), a group by its id. */
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

/** One edge from each member to `of`; an empty project means everywhere. */
export function edges(members: readonly string[], of: string, project = '', notAfter?: string): RuleLine[] {
  const domain = project === '' ? EVERYWHERE : project;
  return members.map((member) =>
    notAfter === undefined ? { ptype: 'g', member, of, domain } : { ptype: 'g', member, of, domain, notAfter },
  );
}
