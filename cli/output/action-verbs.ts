/** The actions of policies for people: one entry per kind with its verbs, `pods: get list watch`. Pure. */
import pluralize from 'pluralize';

export interface KindVerbs {
  /** `deployments`, `pods/log`, `any kind`; OTHER_ACTIONS for actions that are no verb and kind. */
  readonly kind: string;
  readonly verbs: readonly string[];
}

export const ANY_KIND = 'any kind';
const ANY_VERB = 'any verb';
/** Patterns that no verb and kind stand for, as they are spelled. */
export const OTHER_ACTIONS = 'actions';

const VERB_ORDER = [ANY_VERB, 'get', 'list', 'watch', 'create', 'update', 'delete'];

/**
 * Kinds in alphabetical order, first any kind and last other actions; verbs in the order of kubectl's documentation.
 */
export function foldActions(actions: Iterable<string>): KindVerbs[] {
  const verbs = new Map<string, Set<string>>();
  for (const action of actions) {
    const { kind, verb } = readAction(action);
    verbs.set(kind, (verbs.get(kind) ?? new Set()).add(verb));
  }
  return [...verbs]
    .map(([kind, found]) => ({ kind, verbs: [...found].sort(byVerb) }))
    .sort((a, b) => rank(a.kind) - rank(b.kind) || (a.kind < b.kind ? -1 : 1));
}

/** `getPodLog` is the verb get on pods/log; `delete*` is delete on any kind. */
function readAction(action: string): { readonly kind: string; readonly verb: string } {
  if (action === '*') return { kind: ANY_KIND, verb: ANY_VERB };
  const [, verb, star, kind = '', subresource = ''] =
    /^([a-z]+)(?:(\*)|([A-Z][a-z0-9-]*)([A-Z][A-Za-z0-9-]*)?)$/.exec(action) ?? [];
  if (verb === undefined) return { kind: OTHER_ACTIONS, verb: action };
  if (star !== undefined)
    return VERB_ORDER.includes(verb) ? { kind: ANY_KIND, verb } : { kind: OTHER_ACTIONS, verb: action };
  const resource = pluralize.plural(kind.toLowerCase());
  return { kind: subresource === '' ? resource : `${resource}/${subresource.toLowerCase()}`, verb };
}

function rank(kind: string): number {
  return kind === ANY_KIND ? 0 : kind === OTHER_ACTIONS ? 2 : 1;
}

function byVerb(a: string, b: string): number {
  const place = (verb: string): number => (VERB_ORDER.includes(verb) ? VERB_ORDER.indexOf(verb) : VERB_ORDER.length);
  return place(a) - place(b) || (a < b ? -1 : 1);
}
