/** Finds the processes, files and Secrets of Local clusters. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { INSTALLATION_NAMESPACE } from '../../api/installation.ts';
import { clustersIn, type Stack } from '../../hack/local/stack.ts';

/** Returns the names of the programs that run with this folder in their command line, sorted. */
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

/**
 * Returns the Secrets that belong to a member cluster, or to any one without `cluster`; as `kubectl -o name` prints
 * them.
 */
export async function clusterSecrets(stack: Stack, cluster?: string): Promise<string[]> {
  const selector = `platform.tkestack.io/cluster${cluster === undefined ? '' : `=${cluster}`}`;
  const names = await stack.kubectl(['get', 'secrets', '-n', INSTALLATION_NAMESPACE, '-l', selector, '-o', 'name']);
  return names.split('\n').filter((name) => name !== '');
}

/** Asserts that no process, file or Secret of any Local cluster is left. `directory` is that of the stack. */
export async function assertNothingLeft(stack: Stack, directory: string): Promise<void> {
  assert.deepEqual(processesIn(clustersIn(directory)), []);
  assert.deepEqual(await readdir(clustersIn(directory)), []);
  assert.deepEqual(await clusterSecrets(stack), []);
}
