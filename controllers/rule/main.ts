/** Entry point of the process: `node controllers/rule/main.ts --help`. */
import { runProcess } from '../../runtime/process/process.ts';
import { ruleAccess } from './access.ts';
import { ruleFlags, ruleWork } from './controller.ts';

await runProcess({
  name: ruleAccess.name,
  leaderElection: true,
  onceWith: 'dry-run',
  flags: ruleFlags,
  setup: (context) => Promise.resolve(ruleWork(context)),
});
