/**
 * Records every state of the Rules in the order of etcd's history and checks each one. A state must allow nothing
 * beyond what the objects allowed when the cell last settled, or allow with the changes since.
 *
 * A cell has settled when its Rules are those of its objects and the status of every object says so. A later change of
 * an object may be in force or not, independently of the other objects. So a state is compared with all combinations.
 */
import { OWNER_KINDS } from '../../api/auth/owner-kinds.ts';
import type { KubeObject } from '../../api/object.ts';
import { RuleIndex } from '../../authorization/engine/rule-index.ts';
import type { RuleObject } from '../../authorization/rules/rule-object.ts';
import { trustRule } from '../../authorization/rules/trust.ts';
import { putRule } from '../../authorization/webhook/rule-feed.ts';
import type { EtcdEvent } from '../support/etcd-history.ts';
import { allowedBy, indexOfRules, translated } from './allowed.ts';
import { cellOf, manifestOf } from './cell.ts';

interface StoredObject extends KubeObject {
  readonly spec: object;
  readonly status?: { readonly observedGeneration?: number };
}

export interface Violation {
  readonly revision: number;
  readonly cell: number;
  readonly what: string;
}

class CellState {
  readonly nth: number;
  readonly objects = new Map<string, StoredObject>();
  readonly rules = new Map<string, RuleObject>();
  readonly index = new RuleIndex();
  /** The specs that each object had since the cell last settled; undefined stands for no object. */
  versions = new Map<string, (object | undefined)[]>();
  permitted: ReadonlySet<string> | undefined = new Set();

  constructor(nth: number) {
    this.nth = nth;
  }
}

export class Recorder {
  readonly violations: Violation[] = [];
  /** How many states of the Rules were checked. */
  checked = 0;
  /** The etcd revision of the last recorded write. */
  revision = 0;
  readonly #cells = new Map<number, CellState>();

  /** Records a write below `/registry/auth.tkestack.io/`. */
  take({ revision, key, value }: EtcdEvent): void {
    this.revision = revision;
    const [plural = '', name = ''] = key.split('/');
    if (plural === 'rules') this.#takeRule(revision, name, value as RuleObject | undefined);
    else this.#takeObject(plural, name, value as StoredObject | undefined);
  }

  /** Whether an object exists, as far as recorded. */
  has(plural: string, name: string): boolean {
    return this.#cellAt(cellOf(name) ?? -1).objects.has(`${plural}/${name}`);
  }

  /** Returns why the cell has not settled; undefined if it has. */
  whyUnsettled(cell: number): string | undefined {
    const state = this.#cellAt(cell);
    const busy = [...state.objects.values()].find(
      ({ metadata, status }) =>
        metadata.deletionTimestamp !== undefined || status?.observedGeneration !== metadata.generation,
    );
    if (busy !== undefined)
      return `${busy.kind} ${busy.metadata.name} is ${busy.metadata.deletionTimestamp === undefined ? 'not acknowledged' : 'being deleted'}`;
    const expected = requiredIn(state);
    const missing = [...expected.keys()].filter((name) => !state.rules.has(name));
    const extra = [...state.rules.keys()].filter((name) => !expected.has(name));
    const broken = [...state.rules.values()]
      .filter((rule) => !trustRule(rule).honoured)
      .map(({ metadata }) => metadata.name);
    if (missing.length + extra.length + broken.length === 0) return undefined;
    return `Rules missing: ${missing.join(' ') || 'none'}; extra: ${extra.join(' ') || 'none'}; not honoured: ${broken.join(' ') || 'none'}`;
  }

  rule(cell: number, name: string): RuleObject | undefined {
    return this.#cellAt(cell).rules.get(name);
  }

  /** Whether a Rule that the objects require exists and is honoured, or one that they do not require is absent. */
  isCorrect(cell: number, name: string): boolean {
    const rule = this.rule(cell, name);
    return requiredIn(this.#cellAt(cell)).has(name)
      ? rule !== undefined && trustRule(rule).honoured
      : rule === undefined;
  }

  /** Notes that the cell has settled: earlier states of its objects no longer count. */
  markSettled(cell: number): void {
    const state = this.#cellAt(cell);
    state.versions = new Map();
    state.permitted = undefined;
  }

  /** Returns the names of a cell's Rules that are allow lines. */
  allowLines(cell: number): string[] {
    return [...this.#cellAt(cell).rules.values()]
      .filter(({ spec }) => spec.ptype === 'p' && spec.v4 === 'allow')
      .map(({ metadata }) => metadata.name);
  }

  /** All existing Rules, of all cells. */
  get rules(): RuleObject[] {
    return [...this.#cells.values()].flatMap(({ rules }) => [...rules.values()]);
  }

  #cellAt(nth: number): CellState {
    const state = this.#cells.get(nth) ?? new CellState(nth);
    this.#cells.set(nth, state);
    return state;
  }

  #takeObject(plural: string, name: string, object: StoredObject | undefined): void {
    const nth = cellOf(name);
    if (nth === undefined) return;
    const state = this.#cellAt(nth);
    const key = `${plural}/${name}`;
    const before = specOf(state.objects.get(key));
    if (object === undefined) state.objects.delete(key);
    else state.objects.set(key, object);
    const after = specOf(object);
    if (JSON.stringify(before) === JSON.stringify(after)) return;
    state.versions.set(key, [...(state.versions.get(key) ?? [before]), after]);
    state.permitted = undefined;
  }

  #takeRule(revision: number, name: string, rule: RuleObject | undefined): void {
    const known = rule ?? this.rules.find(({ metadata }) => metadata.name === name);
    const nth = cellOf(known?.metadata.ownerReferences?.[0]?.name ?? '');
    // A forged Rule belongs to no cell.
    if (nth === undefined) return;
    const state = this.#cellAt(nth);
    if (rule === undefined) {
      state.rules.delete(name);
      state.index.remove(name);
    } else {
      state.rules.set(name, rule);
      putRule(state.index, rule);
    }
    this.#check(state, revision, `after ${rule === undefined ? 'removing' : 'writing'} ${JSON.stringify(known?.spec)}`);
  }

  #check(state: CellState, revision: number, when: string): void {
    this.checked += 1;
    state.permitted ??= permittedIn(state);
    const beyond = allowedBy(state.index, state.nth).difference(state.permitted);
    if (beyond.size > 0)
      this.violations.push({ revision, cell: state.nth, what: `${when}: ${[...beyond].join('; ')}` });
  }
}

/** Returns the Rules that the objects of a cell require. An object that is being deleted requires none. */
function requiredIn({ objects }: CellState): ReadonlyMap<string, RuleObject> {
  const present = [...objects.values()].filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  return translated(present.map(({ kind, metadata, spec }) => manifestOf({ kind, name: metadata.name, spec })));
}

/** Returns the spec of an object; undefined if it does not exist or is being deleted. */
function specOf(object: StoredObject | undefined): object | undefined {
  return object === undefined || object.metadata.deletionTimestamp !== undefined ? undefined : object.spec;
}

/** Returns everything that the objects of a cell may allow now: the union over all combinations of their versions. */
function permittedIn({ nth, objects, versions }: CellState): Set<string> {
  const permitted = new Set<string>();
  const keys = new Set([...objects.keys(), ...versions.keys()]);
  const choices = [...keys].map((key) => ({ key, specs: versions.get(key) ?? [specOf(objects.get(key))] }));
  for (const combination of combinations(choices)) {
    const manifests = combination.flatMap(({ key, spec }) =>
      spec === undefined
        ? []
        : [manifestOf({ kind: KIND_OF[key.split('/')[0] ?? ''] ?? '', name: key.split('/')[1] ?? '', spec })],
    );
    for (const question of allowedBy(indexOfRules(translated(manifests).values()), nth)) permitted.add(question);
  }
  return permitted;
}

const KIND_OF = Object.fromEntries(OWNER_KINDS.map(({ plural, kind }) => [plural, kind]));

interface Choice {
  readonly key: string;
  readonly spec: object | undefined;
}

function combinations(
  choices: readonly { readonly key: string; readonly specs: readonly (object | undefined)[] }[],
): Choice[][] {
  return choices.reduce<Choice[][]>(
    (all, { key, specs }) => all.flatMap((each) => specs.map((spec) => [...each, { key, spec }])),
    [[]],
  );
}
