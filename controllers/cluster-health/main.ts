/** The process: `node controllers/cluster-health/main.ts --help`. */
import { runProcess } from '../../runtime/process/process.ts';
import { clusterHealthAccess } from './access.ts';
import { healthController } from './controller.ts';
import { CLUSTER_HEALTH_FLAGS } from './flags.ts';

await runProcess({
  name: clusterHealthAccess.name,
  leaderElection: true,
  flags: CLUSTER_HEALTH_FLAGS,
  setup: (context) => Promise.resolve(healthController(context)),
});
