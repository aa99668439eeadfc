/** Entry point of the process: `node controllers/group/main.ts --help`. */
import { runOwnerController } from '../rule-owner/process.ts';
import { groupController } from './controller.ts';

await runOwnerController(groupController);
