/** `make cluster-api-managers`: builds what the heavy tests run on, and ends. */
import { buildEngines } from './build.ts';

const programs = await buildEngines((line) => console.error(line));
for (const [name, program] of programs) console.error(`${name} ready: ${program}`);
