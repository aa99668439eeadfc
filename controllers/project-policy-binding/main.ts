/** Entry point of the process: `node controllers/project-policy-binding/main.ts --help`. */
import { runOwnerController } from '../rule-owner/process.ts';
import { projectPolicyBindingController } from './controller.ts';

await runOwnerController(projectPolicyBindingController);
