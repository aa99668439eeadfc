/** Who may do something to an object of a world. Pure. */
import { type Holders, ofTenants, whoCan } from '../../authorization/engine/who-can.ts';
import type { ObjectOwner, QuestionTarget } from '../question.ts';
import type { World } from './world.ts';

/** Bindings in a project count only for the tenant that owns it; users of other tenants must hold it everywhere. */
export function holdersIn(
  { index, nowMs }: World,
  { object, action }: QuestionTarget,
  { tenant, project }: ObjectOwner,
): Holders {
  const inDomain = (domain: string): Holders => whoCan(index, { object, action, domain }, nowMs);
  return project === '' ? inDomain('') : ofTenants(inDomain(project), inDomain(''), tenant);
}
