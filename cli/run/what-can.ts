/** Lists everything that somebody may do. */
import { whatCan } from '../../authorization/engine/what-can.ts';
import type { Options } from '../commands/what-can.ts';
import { permissionsText } from '../output/permissions.ts';
import { print } from '../output/print.ts';
import { requesterIn } from '../question.ts';
import { withWorld } from '../with-world.ts';

export async function listPermissions(options: Options): Promise<void> {
  await withWorld(options, async (world) => {
    const { subjects } = await requesterIn(options, world);
    const permissions = whatCan(world.index, subjects, world.nowMs);
    print(options, { subjects, permissions, revision: world.index.revision }, () => permissionsText(permissions));
  });
}
