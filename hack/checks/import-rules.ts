/**
 * Which folder may import which. Imports point one way: api ← runtime; api ← authorization (rules ← engine ← webhook);
 * api, runtime ← clusters; all of these ← controllers, which never import each other. check-imports.ts enforces this, and
 * fails on a folder that is not listed here.
 */

/** Folders that may import anything; nothing in the product imports them. */
const FREE = ['bench', 'hack', 'test'];

/** What the files of a folder may import besides files of the same folder. The longest matching entry applies. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  api: [],
  runtime: ['api'],
  'authorization/rules': ['api'],
  'authorization/engine': ['api', 'authorization/rules'],
  'authorization/algebra': ['authorization/engine'],
  'authorization/rule-writes': ['api', 'authorization/rules', 'runtime'],
  'authorization/webhook': ['api', 'authorization/rules', 'authorization/engine', 'runtime'],
  'authorization/casbin': [
    'api',
    'authorization/rules',
    'authorization/rule-writes',
    'authorization/engine',
    'runtime',
  ],
  'authorization/upgrade-review': ['api', 'authorization/rules', 'authorization/engine', 'authorization/webhook'],
  'clusters/controlplane': [],
  'clusters/connections': ['api', 'runtime', 'clusters/controlplane'],
  'clusters/providers': ['api', 'runtime', 'clusters/controlplane', 'clusters/connections'],
  // A folder that owns Rules needs no entry of its own.
  'controllers/*': ['api', 'authorization/rules', 'runtime', 'controllers/rule-owner'],
  'controllers/rule-owner': ['api', 'authorization/rules', 'authorization/rule-writes', 'runtime'],
  'controllers/registry': ['controllers'],
  'controllers/cluster': ['api', 'runtime', 'clusters', 'authorization/upgrade-review'],
  'controllers/cluster-health': ['api', 'runtime', 'clusters/connections'],
  'controllers/tanzu-cluster': ['api', 'runtime', 'clusters/providers'],
  processes: ['api', 'runtime', 'authorization/webhook', 'controllers'],
  cli: [
    'api',
    'runtime',
    'authorization',
    'clusters/connections',
    'clusters/controlplane',
    'controllers/rule-owner',
    // The CLI translates manifests with the controllers' own declarations, which this folder lists.
    'controllers/registry',
  ],
};

/** Pure files turn data into data, with no client, clock, environment or log: these, and every file whose header says "Pure.". */
const PURE = /^authorization\/(rules|algebra|engine|upgrade-review)\/|^controllers\/[^/]+\/(translate|gather)\.ts$/;

/** Returns the entry above that a file belongs to; undefined when its folder is not declared. */
export function areaOf(file: string): string | undefined {
  const folders = file.split('/').slice(0, -1);
  for (let length = folders.length; length > 0; length--) {
    const folder = folders.slice(0, length).join('/');
    if (FREE.includes(folder) || folder in MAY_IMPORT) return folder;
    if (length === 2 && folders[0] === 'controllers') return folder;
  }
  return undefined;
}

/** Whether the rules apply to a file at all. */
export function isRuled(file: string): boolean {
  return !FREE.includes(areaOf(file) ?? '');
}

/** Whether a file of the area `from` may import a file of the area `to`. */
export function mayImport(from: string, to: string): boolean {
  if (from === to || FREE.includes(from)) return true;
  const allowed = MAY_IMPORT[from] ?? MAY_IMPORT['controllers/*'] ?? [];
  return allowed.some((folder) => to === folder || to.startsWith(`${folder}/`));
}

/** Whether `file` is declared pure, by its path or by its first comment. `text` is its content. */
export function isPure(file: string, text: string): boolean {
  const header = /^\/\*\*.*?\*\//s.exec(text)?.[0] ?? '';
  return PURE.test(file) || /\bPure[.:]/.test(header);
}
