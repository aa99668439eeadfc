/** Entry point of the process: `node controllers/policy/main.ts --help`. */
import { runOwnerController } from '../rule-owner/process.ts';
import { policyController } from './controller.ts';

await runOwnerController(policyController);
