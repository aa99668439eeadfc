/**
 * Measures how the authorizer starts on a hub with many Rules: writes the Rules through the API server of a real
 * control plane, then starts the process and times it until it is ready.
 */
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
import { usageOf } from './load/usage.ts';

const PARALLEL = 24;
const REPORT_EVERY = 10_000;

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
    // The data set may put a user into a group twice; that is one Rule.
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
    ['RULES', 'READY AFTER s', 'CPU s', 'MEMORY MB', 'WRITES BEFORE, PER s'],
    [[String(count), short(readySeconds), short(cpuSeconds), short(rssMb), short(writtenPerSecond)]],
  ];
}
