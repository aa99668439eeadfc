/** The process: `node controllers/project-policy-binding/main.ts --help`. */
import { runOwnerProcess } from '../rule-owner/process.ts';
import { projectPolicyBindingProcess } from './controller.ts';

await runOwnerProcess(projectPolicyBindingProcess);
