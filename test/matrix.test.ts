/** Checks every table of test/matrix, row by row. test/matrix/README.md describes the format. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { load } from 'js-yaml';
import * as z from 'zod';
import type { KubeObject } from '../api/object.ts';
import type { Review } from '../authorization/webhook/review.ts';
import { worldOf } from './support/manifest-world.ts';

const FOLDER = path.join(import.meta.dirname, 'matrix');

const request = z.strictObject({
  say: z.string(),
  tenant: z.string().optional(),
  user: z.string(),
  groups: z.array(z.string()).default([]),
  cluster: z.string().optional(),
  verb: z.string(),
  path: z.string().optional(),
  group: z.string().default(''),
  version: z.string().optional(),
  resource: z.string().default(''),
  subresource: z.string().default(''),
  namespace: z.string().default(''),
  name: z.string().default(''),
  expect: z.enum(['allow', 'deny', 'none']),
  reasonContains: z.array(z.string()).default([]),
});

const matrix = z.strictObject({
  description: z.string(),
  now: z.string().default('2026-11-23T00:00:00Z'),
  objects: z.array(z.looseObject({})),
  requests: z.array(request).min(1),
});

function reviewOf({ tenant, user, groups, ...asked }: z.infer<typeof request>): Omit<Review, 'apiVersion'> {
  const { verb, path: url, group, resource, subresource, namespace, name } = asked;
  const base = { user, groups, extra: tenant === undefined ? {} : { tenantid: [tenant] } };
  if (url !== undefined) return { ...base, path: { verb, path: url } };
  return { ...base, resource: { verb, group, resource, subresource, namespace, name } };
}

for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'))) {
  describe(`matrix ${file}`, () => {
    const { now, objects, requests } = matrix.parse(load(readFileSync(path.join(FOLDER, file), 'utf8')));
    const world = worldOf(objects as unknown as KubeObject[], Date.parse(now));
    for (const row of requests) {
      test(row.say, () => {
        const answer = world.ask(reviewOf(row), row.cluster);
        assert.equal(answer.verdict, row.expect, answer.reason);
        for (const part of row.reasonContains)
          assert.ok(answer.reason.includes(part), `"${answer.reason}" does not contain "${part}"`);
      });
    }
  });
}
