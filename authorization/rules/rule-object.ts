/**
 * A line as a Rule of one owner.
 *
 * The name of a Rule is a digest of owner kind, owner name and line. So writing a line twice results in one object, two
 * owners of the same line have two Rules, and a Rule whose values were changed no longer matches its name.
 */
import { createHash } from 'node:crypto';
import type { KubeObject, OwnerReference } from '../../api/object.ts';
import { type RuleLine, type RuleSpec, specOf } from './line.ts';

export const OWNER_KIND_LABEL = 'auth.tkestack.io/owner-kind';
export const OWNER_NAME_LABEL = 'auth.tkestack.io/owner-name';

const API_VERSION = 'auth.tkestack.io/v1';
const MAX_LABEL_LENGTH = 63;
const NAME_HASH_LENGTH = 26; // base32 digits: 130 bits

/** The object that owns a Rule. */
export interface Owner {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/** Whether both are the same object. An object that was created again under the same name has another uid. */
export function isSameOwner(a: Owner, b: Owner): boolean {
  return a.kind === b.kind && a.name === b.name && a.uid === b.uid;
}

/** The parts of a Rule that ownership and content need. A Rule from the API server has them too. */
export interface RuleObject extends KubeObject {
  readonly spec: RuleSpec;
}

/** The name of the Rule of that owner for `line`: `rul-` and 26 letters and digits. */
export function ruleName(owner: Pick<Owner, 'kind' | 'name'>, line: RuleLine): string {
  const { ptype, v0, v1, v2, v3, v4, notAfter } = specOf(line);
  return `rul-${digest(JSON.stringify([owner.kind, owner.name, ptype, v0, v1, v2, v3, v4, notAfter ?? '']))}`;
}

/** The Rule of `owner` for `line`, ready to be created. */
export function ruleObject(owner: Owner, line: RuleLine): RuleObject {
  return {
    apiVersion: API_VERSION,
    kind: 'Rule',
    metadata: { name: ruleName(owner, line), ...ownership(owner) },
    spec: specOf(line),
  };
}

/** The labels and the owner reference that name the owner of a Rule. */
export function ownership(owner: Owner): {
  labels: Record<string, string>;
  ownerReferences: OwnerReference[];
} {
  const { kind, name, uid } = owner;
  return {
    labels: { [OWNER_KIND_LABEL]: kind, [OWNER_NAME_LABEL]: ownerLabel(name) },
    ownerReferences: [{ apiVersion: API_VERSION, kind, name, uid, controller: true }],
  };
}

/** The value of the owner-name label: the name, or its beginning and a digest if it is too long for a label. */
export function ownerLabel(name: string): string {
  return name.length <= MAX_LABEL_LENGTH ? name : `${name.slice(0, 32)}-${digest(name)}`;
}

/** The owner of a Rule, as its controller reference and its labels say; undefined when they disagree. */
export function ownerOf(rule: Pick<RuleObject, 'metadata'>): Owner | undefined {
  const reference = rule.metadata.ownerReferences?.find((r) => r.controller === true && r.apiVersion === API_VERSION);
  const labels = rule.metadata.labels;
  if (reference === undefined || labels?.[OWNER_KIND_LABEL] !== reference.kind) return undefined;
  if (labels[OWNER_NAME_LABEL] !== ownerLabel(reference.name)) return undefined;
  return { kind: reference.kind, name: reference.name, uid: reference.uid };
}

function digest(text: string): string {
  const alphabet = '0123456789abcdefghijklmnopqrstuv';
  let bits = BigInt(`0x${createHash('sha256').update(text).digest('hex')}`);
  let out = '';
  for (let i = 0; i < NAME_HASH_LENGTH; i++) {
    out += alphabet.charAt(Number(bits & 31n));
    bits >>= 5n;
  }
  return out;
}
