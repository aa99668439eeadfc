/** The cluster controller's own flags. */
import type { FlagSpecs } from '../../runtime/process/flags.ts';

export const CLUSTER_FLAGS: FlagSpecs = {
  'local-directory': {
    type: 'string',
    value: 'FOLDER',
    help: 'Run clusters of type Local on this machine, with their data in this folder. Without this flag, Local is not offered.',
  },
  'authorizer-url': {
    type: 'string',
    value: 'URL',
    help: 'https://HOST:PORT of the authorizer, as member clusters reach it. Without this flag, only RBAC decides in the clusters that are created. Needs --authorizer-directory.',
  },
  'authorizer-directory': {
    type: 'string',
    value: 'FOLDER',
    help: 'A folder with authorization.yaml, ca.crt, client-ca.crt and client-ca.key. Needs --authorizer-url.',
  },
};
