/** CPU time and memory of every process of a stack, as Linux tells them in /proc. */
import { readFileSync } from 'node:fs';
import type { Stack } from '../../hack/local/stack.ts';

const TICKS_PER_SECOND = 100;

export interface Usage {
  readonly cpuSeconds: number;
  readonly rssMb: number;
}

/** By name of the process. */
export type Usages = ReadonlyMap<string, Usage>;

/** Of a process that is gone: nothing. */
export function usageOf(pid: number): Usage {
  try {
    // The name of the program, in brackets, may hold spaces; the 14th and 15th fields are the user and system ticks.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    const rssKb = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
    return { cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND, rssMb: Number(rssKb) / 1024 };
  } catch {
    return { cpuSeconds: 0, rssMb: 0 };
  }
}

export function usagesOf({ controlPlane, processes }: Stack): Map<string, Usage> {
  const servers = (['etcd', 'kube-apiserver', 'kube-controller-manager'] as const).map(
    (name) => [name, controlPlane.child(name).pid] as const,
  );
  const ours = [...processes]
    .filter(([, { child }]) => child.running())
    .map(([name, { child }]) => [name, child.pid] as const);
  return new Map([...servers, ...ours].map(([name, pid]) => [name, usageOf(pid)]));
}

/** CPU seconds between two moments: of etcd and the kube-apiserver together, and of our own processes. */
export function cpuBetween(before: Usages, after: Usages): { readonly servers: number; readonly ours: number } {
  const used = (wanted: (name: string) => boolean): number =>
    [...after]
      .filter(([name]) => wanted(name))
      .reduce((sum, [name, { cpuSeconds }]) => sum + cpuSeconds - (before.get(name)?.cpuSeconds ?? 0), 0);
  return {
    servers: used((name) => name === 'etcd' || name === 'kube-apiserver'),
    ours: used((name) => name.startsWith('steward-')),
  };
}

export function memoryLine(stage: string, usages: Usages): string {
  return `memory ${stage}: ${[...usages].map(([name, { rssMb }]) => `${name.replace('steward-', '')} ${Math.round(rssMb)}`).join(', ')} MB`;
}
