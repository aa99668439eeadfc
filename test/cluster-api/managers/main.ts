/** `make cluster-api-managers`: builds the managers of Cluster API for `make test-cluster-api`. */
import { buildManagers } from './build.ts';

const programs = await buildManagers((line) => console.error(line));
for (const [name, program] of programs) console.error(`${name} ready: ${program}`);
