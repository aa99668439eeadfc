/**
 * Names the actions of policies: verb and kind in one word (`getDeployment`, `listDeployments`,
 * `updateDeploymentScale`), as users of TKEStack know them (docs/vocabulary.md). Pure.
 */
import pluralize from 'pluralize';

/** `deployments` → `deployment`, by the English rules and exceptions of the library; `status` stays `status`. */
export function singular(resource: string): string {
  const known = singulars.get(resource);
  if (known !== undefined) return known;
  const found = pluralize.singular(resource);
  if (resource.length > CACHED_CHARACTERS_AT_MOST) return found;
  if (singulars.size >= CACHED_AT_MOST) singulars.clear();
  singulars.set(resource, found);
  return found;
}

/**
 * The library tries a hundred regular expressions on a word. A cluster has a few hundred words; a request may hold any.
 */
const CACHED_AT_MOST = 4_096;
const CACHED_CHARACTERS_AT_MOST = 128;
const singulars = new Map<string, string>();

/** A get of these subresources is a get of the object; a get of any other counts as a list. */
const READ_AS_OBJECT = ['status', 'log', 'finalize', 'proxy'];

/** The parts of a request that its action depends on. */
export interface VerbAndResource {
  readonly verb: string;
  readonly resource: string;
  readonly subresource: string;
  /** Empty when the request names no object. */
  readonly name: string;
}

/** The action of a request for a resource. */
export function actionOf({ verb, resource, subresource, name }: VerbAndResource): string {
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
