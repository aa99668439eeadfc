/** The process: `node controllers/grant/main.ts --help`. */
import { runOwnerProcess } from '../rule-owner/process.ts';
import { grantProcess } from './controller.ts';

await runOwnerProcess(grantProcess);
