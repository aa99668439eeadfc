/**
 * Reads and answers SubjectAccessReviews, v1 and v1beta1. A body that is not one is refused, never guessed at. Pure.
 */
import * as z from 'zod';
import type { Verdict } from '../engine/decide.ts';

const GROUP = 'authorization.k8s.io';

/**
 * Validated as a whole, not item by item: a body may hold 250,000 wrong items, and each would produce an error of its
 * own.
 */
const strings = z.custom<readonly string[]>(isStrings, 'expected a list of strings');
const stringsByKey = z.custom<Readonly<Record<string, readonly string[]>>>(
  (value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(isStrings),
  'expected lists of strings by key',
);

function isStrings(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

const shared = {
  user: z.string().default(''),
  uid: z.string().optional(),
  extra: stringsByKey.nullish(),
  resourceAttributes: z
    .object({
      verb: z.string().default(''),
      group: z.string().default(''),
      resource: z.string().default(''),
      subresource: z.string().default(''),
      namespace: z.string().default(''),
      name: z.string().default(''),
    })
    .nullish(),
  nonResourceAttributes: z.object({ verb: z.string().default(''), path: z.string().default('') }).nullish(),
};

const groupNames = strings.nullish();

const envelope = z.discriminatedUnion('apiVersion', [
  z.object({
    apiVersion: z.literal(`${GROUP}/v1`),
    kind: z.literal('SubjectAccessReview'),
    spec: z.object({ ...shared, groups: groupNames }),
  }),
  z.object({
    apiVersion: z.literal(`${GROUP}/v1beta1`),
    kind: z.literal('SubjectAccessReview'),
    // The one field that v1 renamed. Reading only the new name would lose every group.
    spec: z.object({ ...shared, group: groupNames }),
  }),
]);

export interface ResourceAttributes {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
}

export interface Review {
  readonly apiVersion: string;
  readonly user: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
  /** Exactly one of resource and path is set. */
  readonly resource?: ResourceAttributes;
  readonly path?: { readonly verb: string; readonly path: string };
}

/** Thrown for a request body that is not a valid SubjectAccessReview. The message says what is wrong. */
export class ReviewError extends Error {}

/** Parses a request body. Throws ReviewError. */
export function readReview(body: string): Review {
  const result = envelope.safeParse(parseJson(body));
  if (!result.success) throw new ReviewError(`not a SubjectAccessReview: ${z.prettifyError(result.error)}`);
  const { apiVersion, spec } = result.data;
  if (spec.user === '') throw new ReviewError('spec.user is empty');
  const base = { apiVersion, user: spec.user, groups: groupsOf(spec), extra: spec.extra ?? {} };
  const resource = spec.resourceAttributes ?? undefined;
  const path = spec.nonResourceAttributes ?? undefined;
  if (resource !== undefined && path === undefined) return { ...base, resource };
  if (path !== undefined && resource === undefined) return { ...base, path };
  throw new ReviewError('spec must contain exactly one of resourceAttributes and nonResourceAttributes');
}

function groupsOf(spec: object): readonly string[] {
  const { groups, group } = spec as { groups?: readonly string[] | null; group?: readonly string[] | null };
  return groups ?? group ?? [];
}

/** The response to a review. `none` leaves the decision to the next authorizer; `deny` is final. */
export function reviewResponse(apiVersion: string, verdict: Verdict, reason: string): object {
  const status = { allowed: verdict === 'allow', ...(verdict === 'deny' ? { denied: true } : {}), reason };
  return { apiVersion, kind: 'SubjectAccessReview', status };
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new ReviewError('the body is not JSON');
  }
}
