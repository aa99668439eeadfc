/**
 * Changes the objects of one cell while the storm lasts, and waits until the cell has settled after each burst of
 * changes.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { KINDS } from '../../api/kinds.ts';
import type { Resource } from '../../api/object.ts';
import type { Client } from '../../runtime/client/client.ts';
import type { Random } from '../support/seeded-random.ts';
import { manifestOf, nextOf, oneOf, slotsOf, type Wanted } from './cell.ts';
import type { Recorder } from './recorder.ts';

export interface DriverReport {
  changes: number;
  /** How often the cell settled. */
  settled: number;
  longestSettlingMs: number;
  /** Why the cell did not settle in time; undefined if it always did. */
  stuck: string | undefined;
}

const SETTLE_LIMIT_MS = 120_000;
const CHANGE_LIMIT_MS = 90_000;

export async function driveCell(
  cell: number,
  tools: { client: Client; recorder: Recorder; random: Random },
  signal: AbortSignal,
): Promise<DriverReport> {
  const { client, recorder, random } = tools;
  const report: DriverReport = { changes: 0, settled: 0, longestSettlingMs: 0, stuck: undefined };
  while (!signal.aborted && report.stuck === undefined) {
    const slots = [oneOf(slotsOf(cell), random), oneOf(slotsOf(cell), random)];
    for (let i = Math.ceil(random() * 3); i > 0; i--) {
      await change(client, recorder, nextOf(oneOf(slots, random), random));
      report.changes += 1;
      await sleep(random() * 60);
    }
    const startedAt = performance.now();
    report.stuck = await untilSettled(cell, recorder);
    report.settled += 1;
    report.longestSettlingMs = Math.max(report.longestSettlingMs, performance.now() - startedAt);
  }
  return report;
}

/** Waits until the cell has settled. Returns why it did not within two minutes, or undefined. */
async function untilSettled(cell: number, recorder: Recorder): Promise<string | undefined> {
  const deadline = performance.now() + SETTLE_LIMIT_MS;
  for (;;) {
    const reason = recorder.whyUnsettled(cell);
    if (reason === undefined) {
      recorder.markSettled(cell);
      return undefined;
    }
    if (performance.now() > deadline) return reason;
    await sleep(30);
  }
}

/**
 * Brings an object into its desired state and waits until the recorder knows it. Retries, because the kube-apiserver
 * may be down.
 */
export async function change(client: Client, recorder: Recorder, wanted: Wanted): Promise<void> {
  const resource = resourceOf(wanted.kind);
  const deadline = performance.now() + CHANGE_LIMIT_MS;
  let changed = false;
  for (;;) {
    try {
      changed ||= await attempt(client, resource, wanted);
      if (changed && (await isRecorded(client, resource, recorder, wanted))) return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    if (performance.now() > deadline)
      throw new Error(`${wanted.kind} ${wanted.name} could not be changed within ${CHANGE_LIMIT_MS / 1_000} s`);
    await sleep(changed ? 5 : 100);
  }
}

async function isRecorded(
  client: Client,
  resource: Resource,
  recorder: Recorder,
  { plural, name }: Wanted,
): Promise<boolean> {
  const present = await client.get(resource, { name });
  return present === undefined
    ? !recorder.has(plural, name)
    : recorder.revision >= Number(present.metadata.resourceVersion);
}

/** False when the object is still being deleted. */
async function attempt(client: Client, resource: Resource, { kind, name, spec }: Wanted): Promise<boolean> {
  const present = await client.get(resource, { name });
  if (present?.metadata.deletionTimestamp !== undefined) return spec === undefined;
  if (spec === undefined) await client.delete(resource, { name });
  else if (present === undefined) await client.create(resource, manifestOf({ kind, name, spec }));
  else await client.patch(resource, { name }, { type: 'merge', body: { spec } });
  return true;
}

function resourceOf(kind: string): Resource {
  const found = KINDS.find((each) => each.kind === kind);
  if (found === undefined) throw new Error(`no kind ${kind}`);
  return found;
}
