/** The process: `node controllers/group/main.ts --help`. */
import { runOwnerProcess } from '../rule-owner/process.ts';
import { groupProcess } from './controller.ts';

await runOwnerProcess(groupProcess);
