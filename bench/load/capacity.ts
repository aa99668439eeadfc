/** Where it ends: Rules seeded in steps, and at each what etcd, the kube-apiserver and a starting authorizer need for them. */
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
/** Of the memory of the machine, which others use as well. */
const MEMORY_SHARE = 0.3;

/** Goes on until the last step, or until time or memory is used up. */
export async function capacity(hub: Hub): Promise<void> {
  const { stack, client, etcd, say } = hub;
  const began = performance.now();
  // The Rules have no owner: the garbage collector would remove them all.
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
      `${step} Rules: put into etcd in ${put} s, known to the kube-apiserver after ${secondsSince(seeding)} s, database ${Math.round(await etcd.sizeMb())} MB`,
    );
    await startAuthorizer(hub, step);
    if (performance.now() - began > LIMIT_MS) return say('stopped: the time is up');
    const used = [...usagesOf(stack).values()].reduce((sum, { rssMb }) => sum + rssMb, 0);
    if (used > memoryMb() * MEMORY_SHARE)
      return say(`stopped: ${Math.round(used)} MB are ${MEMORY_SHARE * 100} % of this machine's memory`);
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
