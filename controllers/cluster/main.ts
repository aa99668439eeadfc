/** The process: `node controllers/cluster/main.ts --help`. */
import { runProcess } from '../../runtime/process/process.ts';
import { clusterAccess } from './access.ts';
import { clusterControllers } from './controller.ts';
import { CLUSTER_FLAGS } from './flags.ts';

await runProcess({
  name: clusterAccess.name,
  leaderElection: true,
  flags: CLUSTER_FLAGS,
  setup: (context) => Promise.resolve(clusterControllers(context)),
});
