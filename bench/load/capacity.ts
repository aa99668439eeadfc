/**
 * Finds the limits: seeds Rules in steps and measures at each step what etcd, the kube-apiserver and a starting
 * authorizer need.
 */
import { readFileSync } from 'node:fs';
import { rules } from '../../api/auth/rule.ts';
import { PROCESS_NAMES } from '../../api/installation.ts';
import type { RuleLine } from '../../authorization/rules/line.ts';
import { policyNode, userNode } from '../../authorization/rules/node-name.ts';
import { ruleObject } from '../../authorization/rules/rule-object.ts';
import { AUTHORIZER } from '../../processes/processes.ts';
import { type Hub, secondsSince } from './hub.ts';
import { untilKnown, untilReadyAtLast } from './known.ts';
import { copies, policyName, storedForm } from './seed.ts';
import { memoryLine, usageOf, usagesOf } from './usage.ts';

const STEPS = [100_000, 250_000, 500_000, 1_000_000];
const LIMIT_MS = 12 * 60_000;
/** The share of the machine's memory to use at most. */
const MEMORY_SHARE = 0.3;

/** Runs until the last step, or until the time or memory limit is reached. */
export async function capacity(hub: Hub): Promise<void> {
  const { stack, client, etcd, say } = hub;
  const began = performance.now();
  // The Rules have no existing owner, so the garbage collector would remove all of them.
  await stack.controlPlane.child('kube-controller-manager').stop();
  const stored = await storedForm(client, etcd, rules, ruleOf(0));
  let have = 0;
  for (const step of STEPS) {
    const seeding = performance.now();
    const from = have;
    await etcd.put(copies(rules, stored, step - from, (nth) => ruleOf(from + nth)));
    have = step;
    const put = secondsSince(seeding);
    await untilKnown(hub, [rules]);
    say(
      `${step} Rules: written to etcd in ${put} s, visible in the kube-apiserver after ${secondsSince(seeding)} s, database ${Math.round(await etcd.sizeMb())} MB`,
    );
    await startAuthorizer(hub, step);
    if (performance.now() - began > LIMIT_MS) return say('stopped: time limit reached');
    const used = [...usagesOf(stack).values()].reduce((sum, { rssMb }) => sum + rssMb, 0);
    if (used > memoryMb() * MEMORY_SHARE)
      return say(
        `stopped: memory limit reached (${Math.round(used)} MB are more than ${MEMORY_SHARE * 100} % of this machine's memory)`,
      );
  }
}

async function startAuthorizer({ stack, say }: Hub, step: number): Promise<void> {
  const started = performance.now();
  const authorizer = await stack.start(AUTHORIZER);
  try {
    await untilReadyAtLast(authorizer);
    const { cpuSeconds, rssMb } = usageOf(authorizer.child.pid);
    say(
      `${step} Rules: authorizer ready after ${secondsSince(started)} s, ${cpuSeconds.toFixed(1)} s of CPU, ${Math.round(rssMb)} MB`,
    );
    say(memoryLine(`with ${step} Rules`, usagesOf(stack)));
  } finally {
    await authorizer.child.stop();
    stack.processes.delete(PROCESS_NAMES.authorizer);
  }
}

function ruleOf(nth: number): ReturnType<typeof ruleObject> {
  const line: RuleLine = {
    ptype: 'g',
    member: userNode('load', `user-${nth % 100_000}`),
    of: policyNode(policyName(nth % 10_000)),
    domain: `prj-${nth}`,
  };
  return ruleObject({ kind: 'ProjectPolicyBinding', name: `ppb-load-${nth}`, uid: 'bench' }, line);
}

function memoryMb(): number {
  return Number(/^MemTotal:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1] ?? '0') / 1024;
}
