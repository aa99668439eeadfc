/** `make controlplane`: runs a control plane until Ctrl-C. With --prepare it only makes sure that the programs are there. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { findBinaries } from '../../clusters/controlplane/binaries.ts';
import { DEFAULT_RELEASE, RELEASES, type Release } from '../../clusters/controlplane/release.ts';
import { startControlPlane } from './controlplane.ts';
import { lockDirectory } from './directory-lock.ts';
import { Interrupted, interruptSignal, untilAborted } from './interrupt.ts';

const HELP = `usage: node hack/controlplane/main.ts [flags]

  --directory=PATH   where data, certificates and logs go (default .steward/controlplane)
  --prepare          find or build the programs, then exit
  --every-version    with --prepare: for every Kubernetes version that a cluster of type Local can have
  --help             show this help
`;

const log = (line: string): void => console.error(line);
const { values } = parseArgs({
  options: {
    directory: { type: 'string' },
    prepare: { type: 'boolean' },
    'every-version': { type: 'boolean' },
    help: { type: 'boolean' },
  },
});

if (values.help === true) process.stdout.write(HELP);
else process.exit(await main(interruptSignal()));

async function main(interrupt: AbortSignal): Promise<number> {
  try {
    if (values.prepare === true)
      await prepare(values['every-version'] === true ? RELEASES : [DEFAULT_RELEASE], interrupt);
    else
      await serve(
        path.resolve(values.directory ?? path.join(import.meta.dirname, '../../.steward/controlplane')),
        interrupt,
      );
    return 0;
  } catch (error) {
    if (error instanceof Interrupted) return error.exitCode;
    log(error instanceof Error ? error.message : String(error));
    return 1;
  }
}

async function prepare(releases: readonly Release[], signal: AbortSignal): Promise<void> {
  for (const release of releases) {
    const programs = await findBinaries({ release, log, signal });
    log(`control plane ready: ${programs['kube-apiserver'].join(' ')}`);
  }
}

/** Ends with Ctrl-C, which is no error here. */
async function serve(directory: string, interrupt: AbortSignal): Promise<void> {
  await lockDirectory(directory);
  await findBinaries({ log, signal: interrupt });
  const controlPlane = await untilAborted(startControlPlane({ directory, log }), interrupt);
  log(`kube-apiserver serves at ${controlPlane.url}; Ctrl-C stops it\n`);
  console.log(`export KUBECONFIG=${controlPlane.kubeconfig}`);
  await new Promise((resolve) => interrupt.addEventListener('abort', resolve));
  log('stopping');
  await controlPlane.stop();
}
