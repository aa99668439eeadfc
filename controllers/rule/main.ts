/** Entry point of the process: `node controllers/rule/main.ts --help`. */
import { runProcess } from '../../runtime/process/process.ts';
import { ruleAccess } from './access.ts';
import { ruleWork } from './controller.ts';
import { RULE_FLAGS } from './flags.ts';

await runProcess({
  name: ruleAccess.name,
  leaderElection: true,
  onceWith: 'dry-run',
  flags: RULE_FLAGS,
  setup: (context) => Promise.resolve(ruleWork(context)),
});
