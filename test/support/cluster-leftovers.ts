/** Finds the processes, files and Secrets of Local clusters. */
import { readdirSync, readFileSync } from 'node:fs';

/** The processes of this machine whose command line names that folder, by what they are. */
export function processesIn(folder: string): string[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .flatMap((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        const program = ['etcd', 'kube-apiserver', 'kube-controller-manager'].find(
          (each) => words[1] === each || words[0]?.endsWith(`/${each}`) === true,
        );
        const what = program ?? (words.some((word) => word.endsWith('balancer.ts')) ? 'balancer' : undefined);
        return what !== undefined && words.some((word) => word.includes(folder)) ? [what] : [];
      } catch {
        return [];
      }
    })
    .sort();
}
