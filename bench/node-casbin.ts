/**
 * Measures node-casbin with the same model and semantics. Its own role manager with a domain matching function needs
 * 1.6 s per decision at 10,000 rules, so it gets the one in authorization/casbin/, which gives the same answers. Same
 * arguments as steward.ts.
 */
import { readFileSync } from 'node:fs';
import { type Enforcer, newEnforcer, newModelFromString, StringAdapter } from 'casbin';
import { RuleRoleManager } from '../authorization/casbin/role-manager.ts';
import { measure, readRequests } from './measure.ts';

const [rulesFile = '', requestsFile = '', seconds = '1'] = process.argv.slice(2);
const rules = readFileSync(rulesFile, 'utf8');
const model = readFileSync(new URL('../authorization/engine/model.conf', import.meta.url), 'utf8');
const { version } = JSON.parse(
  readFileSync(new URL('../node_modules/casbin/package.json', import.meta.url), 'utf8'),
) as { version: string };
const compiled = new Map<string, RegExp>();
let enforcer: Enforcer | undefined;

/** Caches the compiled patterns, so that compiling regular expressions is not what is measured. */
function keyMatchCustom(text: string, pattern: string): boolean {
  let regexp = compiled.get(pattern);
  if (regexp === undefined) {
    regexp = new RegExp(
      `^${pattern
        .split('*')
        .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`))
        .join('.*')}$`,
      'i',
    );
    compiled.set(pattern, regexp);
  }
  return regexp.test(text);
}

await measure(
  {
    engine: 'node-casbin',
    version,
    hasCache: false,
    load: async () => {
      enforcer = await newEnforcer();
      enforcer.setModel(newModelFromString(model));
      enforcer.setRoleManager(new RuleRoleManager());
      await enforcer.addFunction('keyMatchCustom', keyMatchCustom);
      enforcer.setAdapter(new StringAdapter(rules));
      await enforcer.loadPolicy();
    },
    prepare: ({ sub, dom, obj, act }) => [sub, dom === '' ? 'none' : dom, obj, act],
    ask: (request) => void enforcer?.enforceSync(...request),
    change: async ({ sub }, nth) => {
      enforcer?.getModel().addPolicy('g', 'g', [sub, `pol-0-${nth % 50}`, '*']);
      await enforcer?.getRoleManager().addLink(sub, `pol-0-${nth % 50}`, '*');
    },
  },
  readRequests(requestsFile),
  Number(seconds),
);
