/** The cluster health controller's own flags. */
import type { FlagSpecs } from '../../runtime/process/flags.ts';

export const CLUSTER_HEALTH_FLAGS: FlagSpecs = {
  probes: {
    type: 'string',
    value: 'COUNT',
    default: '64',
    help: 'How many member clusters to probe at once, at least 2. Half of the slots are for clusters that take longer than a second to answer.',
  },
};
