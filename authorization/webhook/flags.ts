/** The authorizer's own flags. */
import { INSTALLATION_NAMESPACE } from '../../api/installation.ts';
import type { FlagSpecs } from '../../runtime/process/flags.ts';

export const AUTHORIZER_FLAGS: FlagSpecs = {
  'webhook-address': {
    type: 'string',
    value: 'HOST:PORT',
    default: '127.0.0.1:8443',
    help: 'Where to serve the authorization webhook.',
  },
  'tls-cert-file': {
    type: 'string',
    value: 'FILE',
    required: true,
    help: "The webhook's serving certificate. Read again when the file changes.",
  },
  'tls-key-file': {
    type: 'string',
    value: 'FILE',
    required: true,
    help: 'The private key of the serving certificate.',
  },
  'client-ca-file': {
    type: 'string',
    value: 'FILE',
    required: true,
    help: "The certificate authority that signs the clusters' client certificates.",
  },
  'lease-namespace': {
    type: 'string',
    value: 'NAMESPACE',
    default: INSTALLATION_NAMESPACE,
    help: 'The namespace of the Lease in which this replica reports how far its cache has come.',
  },
  'max-staleness': {
    type: 'string',
    value: 'SECONDS',
    default: '60',
    help: "How long to go on answering while the hub's API server accepts no renewal of the Lease, or its watches are silent. Silent watches are tolerated for at least 30 seconds.",
  },
  'privileged-user': {
    type: 'string',
    value: 'USER',
    help: 'A user who may do everything on the hub without belonging to a tenant. None by default.',
  },
  'project-from-groups': {
    type: 'boolean',
    default: false,
    help: 'Let a group project:ID of the request choose the project of objects that lie in none, as TKEStack does.',
  },
  'show-chains-to-everyone': {
    type: 'boolean',
    default: false,
    help: 'Name groups, roles and bindings in every reason, not only in reasons for users who may list Rules.',
  },
};
