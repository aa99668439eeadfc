/**
 * Kubernetes requests in the words that policies are written in: verb and kind in one word (`getDeployment`,
 * `listDeployments`, `updateDeploymentScale`), as the users of the original know them (docs/vocabulary.md). Pure.
 */
import pluralize from 'pluralize';

/** `deployments` → `deployment`. English, with the library's own list of irregular words; `status` stays `status`. */
export function singular(resource: string): string {
  const known = singulars.get(resource);
  if (known !== undefined) return known;
  const found = pluralize.singular(resource);
  if (resource.length > LONGEST_KEPT) return found;
  if (singulars.size >= SINGULARS_AT_MOST) singulars.clear();
  singulars.set(resource, found);
  return found;
}

/** A hundred regular expressions decide on a word; a cluster has a few hundred words. What is asked may be anything. */
const SINGULARS_AT_MOST = 4_096;
const LONGEST_KEPT = 128;
const singulars = new Map<string, string>();

/** These subresources are read like an object; a get of any other counts as a list. */
const READ_AS_OBJECT = ['status', 'log', 'finalize', 'proxy'];

export interface Verbed {
  readonly verb: string;
  readonly resource: string;
  readonly subresource: string;
  /** Empty when the request names no object. */
  readonly name: string;
}

/** The action of a request for a resource. */
export function actionOf({ verb, resource, subresource, name }: Verbed): string {
  const word = wordFor(verb, subresource);
  const many = name === '' && (word === 'list' || word === 'get');
  const noun = many ? resource : singular(resource);
  return `${many ? 'list' : word}${capital(noun)}${capital(subresource)}`;
}

function wordFor(verb: string, subresource: string): string {
  switch (verb) {
    case 'get':
      return subresource !== '' && !READ_AS_OBJECT.includes(subresource) ? 'list' : 'get';
    case 'update':
    case 'patch':
      return 'update';
    case 'delete':
    case 'deletecollection':
      return 'delete';
    default:
      return verb;
  }
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
