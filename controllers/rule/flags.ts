/** The rule controller's own flags. */
import type { FlagSpecs } from '../../runtime/process/flags.ts';

export const RULE_FLAGS: FlagSpecs = {
  'dry-run': {
    type: 'boolean',
    default: false,
    help: 'Print the repairs that are due, write nothing, and exit: with code 1 if there are any, with 0 if not.',
  },
  'keep-unowned-rules': {
    type: 'boolean',
    default: false,
    help: 'Report Rules that have no owner, but do not delete them.',
  },
};
