/** Entry point of the process: `node controllers/role/main.ts --help`. */
import { runOwnerController } from '../rule-owner/process.ts';
import { roleController } from './controller.ts';

await runOwnerController(roleController);
