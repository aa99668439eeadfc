/** The Tanzu controller's own flags. */
import type { FlagSpecs } from '../../runtime/process/flags.ts';
import { TYPE_ANNOTATION } from './source-mark.ts';

export const TANZU_CLUSTER_FLAGS: FlagSpecs = {
  type: {
    type: 'string',
    value: 'TYPE',
    default: 'ClusterAPI',
    help: `The type of the clusters to create, ClusterAPI or Local, unless the Namespace has the annotation ${TYPE_ANNOTATION}.`,
  },
};
