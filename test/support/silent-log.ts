/** A logger that drops everything. */
import type { Logger } from '../../runtime/log.ts';

export const silent: Logger = { debug() {}, info() {}, error() {}, child: () => silent };
