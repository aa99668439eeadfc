/** Entry point of the process: `node controllers/grant/main.ts --help`. */
import { runOwnerController } from '../rule-owner/process.ts';
import { grantController } from './controller.ts';

await runOwnerController(grantController);
