/** The process: `node controllers/policy/main.ts --help`. */
import { runOwnerProcess } from '../rule-owner/process.ts';
import { policyProcess } from './controller.ts';

await runOwnerProcess(policyProcess);
