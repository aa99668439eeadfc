/** Reads the CPU time and memory of every process of a stack from /proc. */
import { readFileSync } from 'node:fs';
import type { Stack } from '../../hack/local/stack.ts';

const TICKS_PER_SECOND = 100;

export interface Usage {
  readonly cpuSeconds: number;
  readonly rssMb: number;
}

/** The usage by name of the process. */
export type Usages = ReadonlyMap<string, Usage>;

/** The usage of a process; zero when it has exited. */
export function usageOf(pid: number): Usage {
  try {
    // The program name, in parentheses, may contain spaces. Fields 14 and 15 are the ticks in user and system mode.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    const rssKb = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
    return { cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND, rssMb: Number(rssKb) / 1024 };
  } catch {
    return { cpuSeconds: 0, rssMb: 0 };
  }
}

/** The usage of the control plane's servers and of all running processes. */
export function usagesOf({ controlPlane, processes }: Stack): Map<string, Usage> {
  const servers = (['etcd', 'kube-apiserver', 'kube-controller-manager'] as const).map(
    (name) => [name, controlPlane.child(name).pid] as const,
  );
  const ours = [...processes]
    .filter(([, { child }]) => child.running())
    .map(([name, { child }]) => [name, child.pid] as const);
  return new Map([...servers, ...ours].map(([name, pid]) => [name, usageOf(pid)]));
}

/** The CPU seconds between two readings: of etcd and the kube-apiserver together, and of Steward's own processes. */
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

/** The memory of each process, as one line of text. */
export function memoryLine(stage: string, usages: Usages): string {
  return `memory ${stage}: ${[...usages].map(([name, { rssMb }]) => `${name.replace('steward-', '')} ${Math.round(rssMb)}`).join(', ')} MB`;
}
