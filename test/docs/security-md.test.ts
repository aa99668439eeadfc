/** Compares the table of SECURITY.md with what the processes declare: every process, every resource, every verb that writes. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { PROCESSES, type ProductProcess, TANZU_CONTROLLER } from '../../processes/processes.ts';
import { REPLICA_VERBS } from '../../runtime/process/access.ts';

const ALL = [...PROCESSES, TANZU_CONTROLLER];

const TEXT = readFileSync(path.join(import.meta.dirname, '../../SECURITY.md'), 'utf8');
/** The verbs that write, in the order of the table. */
const WRITING_VERBS = ['create', 'patch', 'delete', 'update', 'approve', 'sign'];
const LEADER_VERBS = ['create', 'update'];

interface Row {
  readonly writes: Readonly<Record<string, string>>;
  readonly reads: readonly string[];
}

function rowOf(name: string): Row | undefined {
  const [, writes = '', reads = ''] = new RegExp(`^\\| ${name} \\| (.*) \\|(.*)\\|$`, 'm').exec(TEXT) ?? [];
  if (writes === '') return undefined;
  const cells = [...writes.matchAll(/`([^`]+)` ([a-z, ]+)/g)].map(
    ([, resource = '', verbs = '']) => [resource, verbs] as const,
  );
  return {
    writes: Object.fromEntries(cells),
    reads: [...reads.matchAll(/`([^`]+)`/g)].map(([, resource = '']) => resource).sort(),
  };
}

function declared({ access: { access, namespaced = [], leaderElection, replicas } }: ProductProcess): Row {
  const leases = [...(leaderElection ? LEADER_VERBS : []), ...(replicas === undefined ? [] : REPLICA_VERBS[replicas])];
  const all = [...access, ...namespaced, ...(leases.length === 0 ? [] : [{ resource: 'leases', verbs: leases }])];
  // Two kinds with the same plural, of two API groups, share an entry.
  const verbs = new Map<string, Set<string>>();
  for (const each of all) verbs.set(each.resource, new Set([...(verbs.get(each.resource) ?? []), ...each.verbs]));
  const written = [...verbs].map(
    ([resource, granted]) => [resource, WRITING_VERBS.filter((verb) => granted.has(verb)).join(', ')] as const,
  );
  return {
    writes: Object.fromEntries(written.filter(([, granted]) => granted !== '')),
    reads: written
      .filter(([, granted]) => granted === '')
      .map(([resource]) => resource)
      .sort(),
  };
}

describe('the table of permissions', () => {
  for (const product of ALL) {
    test(`matches ${product.access.name}`, () => assert.deepEqual(rowOf(product.access.name), declared(product)));
  }
  test('names no process that does not exist', () => {
    const named = [...TEXT.matchAll(/^\| (steward-\S+) \|/gm)].map(([, name = '']) => name).sort();
    assert.deepEqual(named, ALL.map(({ access }) => access.name).sort());
  });
});

test('SECURITY.md has at most 150 lines', () => assert.ok(TEXT.split('\n').length <= 150));
