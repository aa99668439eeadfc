/** `make controlplane`: a control plane until Ctrl-C. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { findBinaries } from '../../clusters/controlplane/binaries.ts';
import { DEFAULT_RELEASE, RELEASES, type Release } from '../../clusters/controlplane/release.ts';
import { startControlPlane } from './controlplane.ts';

const HELP = `usage: node hack/controlplane/main.ts [flags]

  --directory=PATH   where data, certificates and logs go (default .steward/controlplane)
  --prepare          only find or build the programs, and end
  --every-version    with --prepare: of every Kubernetes version that clusters of type Local can have
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
else if (values.prepare === true) await prepare(values['every-version'] === true ? RELEASES : [DEFAULT_RELEASE]);
else await serve(values.directory ?? path.join(import.meta.dirname, '../../.steward/controlplane'));

async function prepare(releases: readonly Release[]): Promise<void> {
  for (const release of releases)
    log(`control plane ready: ${(await findBinaries({ release, log }))['kube-apiserver'].join(' ')}`);
}

async function serve(directory: string): Promise<void> {
  const controlPlane = await startControlPlane({ directory: path.resolve(directory), log });
  log(`kube-apiserver serves at ${controlPlane.url}; Ctrl-C stops it\n`);
  console.log(`export KUBECONFIG=${controlPlane.kubeconfig}`);
  const stop = (): void => {
    log('stopping');
    void controlPlane.stop().then(() => process.exit(0));
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}
