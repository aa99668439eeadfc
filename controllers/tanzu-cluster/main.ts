/** The process: `node controllers/tanzu-cluster/main.ts --help`. */
import { runProcess } from '../../runtime/process/process.ts';
import { tanzuClusterAccess } from './access.ts';
import { tanzuControllers } from './controller.ts';
import { TANZU_CLUSTER_FLAGS } from './flags.ts';

await runProcess({
  name: tanzuClusterAccess.name,
  leaderElection: true,
  flags: TANZU_CLUSTER_FLAGS,
  setup: tanzuControllers,
});
