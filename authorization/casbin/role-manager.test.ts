import assert from 'node:assert/strict';
import test from 'node:test';
import { DefaultRoleManager } from 'casbin';
import fc from 'fast-check';
import { NAMES, worlds } from '../../test/support/random-rules.ts';
import { RuleRoleManager } from './role-manager.ts';

const DOMAINS = ['none', '*', 'prj-1', 'prj-2'];

async function reference(): Promise<DefaultRoleManager> {
  const roles = new DefaultRoleManager(NAMES.length);
  await roles.addDomainMatchingFunc((asked, held) => held === '*' || asked === held);
  return roles;
}

test("it answers like casbin's own role manager with domain matching, also after edges are removed", async () => {
  let links = 0;
  await fc.assert(
    fc.asyncProperty(worlds(1), fc.infiniteStream(fc.boolean()), async ({ lines }, goes) => {
      const [own, theirs] = [new RuleRoleManager(), await reference()];
      const edges = lines.flatMap((line) => (line.ptype === 'g' ? [line] : []));
      for (const roles of [own, theirs])
        for (const { member, of, domain } of edges) await roles.addLink(member, of, domain);
      for (const { member, of, domain } of edges.filter(() => goes.next().value)) {
        for (const roles of [own, theirs]) await roles.deleteLink(member, of, domain);
      }
      for (const domain of DOMAINS) {
        for (const name of NAMES) {
          for (const of of NAMES) {
            assert.equal(
              own.syncedHasLink(name, of, domain),
              theirs.syncedHasLink(name, of, domain),
              `${name} ${of} ${domain}`,
            );
            links += own.syncedHasLink(name, of, domain) && name !== of ? 1 : 0;
          }
          assert.deepEqual((await own.getRoles(name, domain)).sort(), (await theirs.getRoles(name, domain)).sort());
          assert.deepEqual((await own.getUsers(name, domain)).sort(), (await theirs.getUsers(name, domain)).sort());
        }
      }
    }),
    { numRuns: 200 },
  );
  assert.ok(links > 1_000, `${links} links are too few to mean anything`);
});

test('it follows a hundred edges, where casbin stops at ten', async () => {
  const [own, theirs] = [new RuleRoleManager(), new DefaultRoleManager(10)];
  for (let i = 0; i < 100; i++) for (const roles of [own, theirs]) await roles.addLink(`r${i}`, `r${i + 1}`, '*');
  assert.equal(own.syncedHasLink('r0', 'r100', 'prj-1'), true);
  assert.equal(theirs.syncedHasLink('r0', 'r11', '*'), false);
});

test('it terminates when everything belongs to everything', async () => {
  const roles = new RuleRoleManager();
  const names = Array.from({ length: 60 }, (_, i) => `r${i}`);
  for (const name of names) for (const of of names) await roles.addLink(name, of, '*');
  assert.equal(roles.syncedHasLink('r0', 'elsewhere', '*'), false);
  assert.equal(roles.syncedHasLink('r0', 'r59', '*'), true);
});

test('without a domain, or with an empty one, only edges in * count', async () => {
  const roles = new RuleRoleManager();
  await roles.addLink('u', 'here', 'prj-1');
  await roles.addLink('u', 'everywhere', '*');
  for (const domains of [[], [''], ['*']]) {
    assert.deepEqual(
      [roles.syncedHasLink('u', 'here', ...domains), roles.syncedHasLink('u', 'everywhere', ...domains)],
      [false, true],
    );
  }
  assert.deepEqual(await roles.getDomains('here'), ['prj-1']);
  assert.deepEqual((await roles.getAllDomains()).sort(), ['*', 'prj-1']);
  await roles.clear();
  assert.equal(roles.syncedHasLink('u', 'everywhere', '*'), false);
});

test('an edge without a domain, or with two domains, is refused', async () => {
  const roles = new RuleRoleManager();
  await assert.rejects(roles.addLink('u', 'pol-a'));
  await assert.rejects(roles.addLink('u', 'pol-a', '*', 'prj-1'));
});
