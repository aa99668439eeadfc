/** `make cluster-api-managers`: builds the managers of Cluster API for `make test-cluster-api`. */
import { Interrupted, interruptSignal } from '../../../hack/controlplane/interrupt.ts';
import { buildManagers } from './build.ts';

try {
  const programs = await buildManagers((line) => console.error(line), interruptSignal());
  for (const [name, program] of programs) console.error(`${name} ready: ${program}`);
  process.exitCode = 0;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = error instanceof Interrupted ? error.exitCode : 1;
}
