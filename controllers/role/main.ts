/** The process: `node controllers/role/main.ts --help`. */
import { runOwnerProcess } from '../rule-owner/process.ts';
import { roleProcess } from './controller.ts';

await runOwnerProcess(roleProcess);
