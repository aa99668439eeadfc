/**
 * How the authorizer comes up on a hub with many Rules: a real control plane, the Rules written through its API server, then
 * the process started and timed until it is ready, and again after every Rule has gone by on its watch.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import PQueue from 'p-queue';
import { type Rule, rules } from '../api/auth/rule.ts';
import { ruleObject } from '../authorization/rules/rule-object.ts';
import { startStack, untilReady } from '../hack/local/stack.ts';
import { AUTHORIZER } from '../processes/processes.ts';
import { createClient } from '../runtime/client/client.ts';
import { loadKubeConfig } from '../runtime/client/credentials.ts';
import { datasetOf } from './dataset.ts';
import { short } from './engine-table.ts';

const PARALLEL = 24;
const REPORT_EVERY = 10_000;
const TICKS_PER_SECOND = 100;

export interface StartUpFigures {
  readonly rules: number;
  readonly writtenPerSecond: number;
  readonly readySeconds: number;
  readonly cpuSeconds: number;
  readonly rssMb: number;
}

export async function startUpFigures(
  count: number,
  folder: string,
  say: (line: string) => void,
): Promise<StartUpFigures> {
  const stack = await startStack({ directory: path.join(folder, 'hub'), processes: [] });
  try {
    const client = createClient(() => loadKubeConfig(stack.controlPlane.kubeconfig), { fieldManager: 'steward-bench' });
    const objects = datasetOf(count, 1).lines.map((line, i) =>
      ruleObject({ kind: 'Policy', name: `pol-${Math.floor(i / 1_000)}`, uid: 'bench' }, line),
    );
    // A user may be drawn into one group twice; that is one Rule.
    const wanted = new Map(objects.map((rule) => [rule.metadata.name, rule]));
    const started = performance.now();
    const queue = new PQueue({ concurrency: PARALLEL });
    let written = 0;
    const write = async (rule: Rule): Promise<void> => {
      await client.create(rules, rule);
      written += 1;
      if (written % REPORT_EVERY === 0) say(`  ${written} of ${wanted.size} Rules written`);
    };
    await queue.addAll([...wanted.values()].map((rule) => () => write(rule)));
    const writtenPerSecond = (written / (performance.now() - started)) * 1_000;
    await client.close();
    const before = performance.now();
    const authorizer = await stack.start(AUTHORIZER);
    await untilReady(authorizer);
    return {
      rules: written,
      writtenPerSecond,
      readySeconds: (performance.now() - before) / 1_000,
      ...usageOf(authorizer.child.pid),
    };
  } finally {
    await stack.stop();
  }
}

export function startUpTable({
  rules: count,
  writtenPerSecond,
  readySeconds,
  cpuSeconds,
  rssMb,
}: StartUpFigures): [string[], string[][]] {
  return [
    ['RULES', 'READY AFTER s', 'CPU s', 'MEMORY MB', 'WRITTEN BEFORE, PER s'],
    [[String(count), short(readySeconds), short(cpuSeconds), short(rssMb), short(writtenPerSecond)]],
  ];
}

/** CPU time and resident memory of a process, as Linux tells them. */
function usageOf(pid: number): { cpuSeconds: number; rssMb: number } {
  // The name of the program, in brackets, may hold spaces; the 14th and 15th fields are the user and system ticks.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  const rssKb = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return { cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND, rssMb: Number(rssKb) / 1024 };
}
