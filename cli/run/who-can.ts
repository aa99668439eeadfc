/** Lists everybody who may do something. */

import type { Holders } from '../../authorization/engine/who-can.ts';
import { ofTenants, whoCan } from '../../authorization/engine/who-can.ts';
import type { Options } from '../commands/who-can.ts';
import { holdersText } from '../output/holders.ts';
import { print } from '../output/print.ts';
import { askedOf, ownerOf } from '../question.ts';
import { withWorld } from '../with-world.ts';

export async function listHolders(
  verb: string,
  what: string,
  name: string | undefined,
  options: Options,
): Promise<void> {
  await withWorld(options, async (world) => {
    const asked = askedOf({ verb, what, name }, options);
    const { object, action } = asked;
    const { tenant, project } = ownerOf(asked, options, world);
    const inDomain = (domain: string): Holders => whoCan(world.index, { object, action, domain }, world.nowMs);
    // A project's bindings count for its own tenant alone; what others hold must hold everywhere.
    const holders = project === '' ? inDomain('') : ofTenants(inDomain(project), inDomain(''), tenant);
    print(options, { action, object, project, ...holders, revision: world.index.revision }, () => holdersText(holders));
    return Promise.resolve();
  });
}
