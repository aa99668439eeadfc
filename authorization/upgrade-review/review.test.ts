import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { RuleIndex } from '../engine/rule-index.ts';
import type { RuleLine } from '../rules/line.ts';
import { discoveryBefore, expectedDiscovery } from './changes.ts';
import { type ApiResource, type Discovery, parseStored, storedText } from './discovery.ts';
import { canMatch } from './overlap.ts';
import { type PermissionReport, reviewPermissions } from './review.ts';
import { reportText, summary } from './text.ts';
import { ANY_NAME } from './words.ts';

const NOW = 1_000;
const resource = (name: string, kind: string, more: Partial<ApiResource> = {}): ApiResource => ({
  group: 'x.io',
  version: 'v1',
  resource: name,
  singular: '',
  kind,
  namespaced: true,
  verbs: ['create', 'get', 'list'],
  shortNames: [],
  subresources: [],
  ...more,
});
const PODS = resource('pods', 'Pod', { group: '' });
const WIDGETS = resource('widgets', 'Widget');
const GADGETS = resource('gadgets', 'Widget');
const WIDGET_CLASSES = resource('widgetclasses', 'WidgetClass');
const p = (object: string, action: string, effect: 'allow' | 'deny' = 'allow', policy = 'pol-a'): RuleLine => ({
  ptype: 'p',
  policy,
  domain: '*',
  object,
  action,
  effect,
});
const g = (member: string, of: string, domain = '*', notAfter?: string): RuleLine => ({
  ptype: 'g',
  member,
  of,
  domain,
  ...(notAfter === undefined ? {} : { notAfter }),
});
const ALICE = 'acme##user##alice';

function review(
  lines: readonly RuleLine[],
  now: readonly ApiResource[],
  target: readonly ApiResource[],
): PermissionReport {
  const index = new RuleIndex();
  for (const [i, line] of lines.entries()) {
    index.set(line, {
      rule: `r${i}`,
      ownerKind: line.ptype === 'p' ? 'Policy' : 'Role',
      ownerName: line.ptype === 'p' ? line.policy : line.of,
    });
  }
  return reviewPermissions({ cluster: 'c', now, target, index, nowMs: NOW });
}

const counts = ({ denials, losses, gains }: PermissionReport): number[] => [
  denials.length,
  losses.length,
  gains.length,
];
const OLD = [PODS, WIDGETS];
const NEW = [PODS, GADGETS];
const HELD = g(ALICE, 'pol-a');
const TABLE: Readonly<
  Record<
    string,
    readonly [
      lines: readonly RuleLine[],
      counts: readonly number[],
      now?: readonly ApiResource[],
      target?: readonly ApiResource[],
    ]
  >
> = {
  'an allow for a removed action is lost': [
    [p('*', 'getWidget'), HELD],
    [0, 1, 0],
  ],
  'an allow on removed objects is lost': [
    [p('cluster:c/namespace:team/widget:*', '*'), HELD],
    [0, 1, 0],
  ],
  'a deny for a removed resource is lost': [
    [p('cluster:*/widget:*', 'get*', 'deny'), HELD],
    [1, 0, 0],
  ],
  'a wildcard gains an added resource': [
    [p('cluster:c/*', 'get*'), HELD],
    [0, 0, 1],
  ],
  'a wildcard that no one holds gains nothing': [[p('*', '*')], [0, 0, 0]],
  'a binding that has ended gains nothing': [
    [p('*', '*'), g(ALICE, 'pol-a', '*', '1970-01-01T00:00:01Z')],
    [0, 0, 0],
  ],
  'a binding in a project gains, too': [
    [p('*', '*'), g(ALICE, 'pol-a', 'prj-1')],
    [0, 0, 1],
  ],
  'lines for other clusters are not reported': [
    [p('cluster:other/*', '*'), p('cluster:other/*', 'getWidget', 'deny'), HELD],
    [0, 0, 0],
  ],
  'lines for resources that stay are not reported': [
    [p('cluster:c/namespace:a/pod:*', '*'), p('*', 'getPod'), HELD],
    [0, 0, 0],
  ],
  'a deny that loses one of the resources it names is reported': [
    [p('*', '*Widget*', 'deny'), HELD],
    [1, 0, 0],
    [PODS, WIDGETS, WIDGET_CLASSES],
  ],
  'an allow that loses one of the resources it names is reported': [
    [p('*', '*Widget*'), HELD],
    [0, 1, 0],
    [PODS, WIDGETS, WIDGET_CLASSES],
  ],
  'a deny of everything in a namespace covers the new name': [
    [p('cluster:c/namespace:a/*', '*', 'deny'), HELD],
    [0, 0, 0],
  ],
  'a deny in a namespace is reported when the new resource is cluster-scoped': [
    [p('cluster:c/namespace:a/*', '*', 'deny'), HELD],
    [1, 0, 0],
    OLD,
    [PODS, { ...GADGETS, namespaced: false }],
  ],
  'a deny under every name prevents a gain': [
    [p('*', 'getGadget'), p('*', '*Gadget*', 'deny'), HELD],
    [0, 0, 0],
  ],
  'a deny for every user of the tenant prevents a gain': [
    [p('*', 'getGadget'), HELD, p('*', '*Gadget*', 'deny', 'pol-d'), g('acme##user##*', 'pol-d')],
    [0, 0, 0],
  ],
  'a deny in one namespace does not prevent a gain elsewhere': [
    [p('*', 'getGadget'), p('*/namespace:a/*', '*Gadget', 'deny'), HELD],
    [0, 0, 1],
  ],
};

describe('a review', () => {
  for (const [sentence, [lines, expected, now = OLD, target]] of Object.entries(TABLE)) {
    // Everything but the widgets stays.
    const then = target ?? [...NEW, ...now.filter((each) => !OLD.includes(each))];
    test(sentence, () => assert.deepEqual(counts(review(lines, now, then)), expected));
  }

  test('names the new resource, who holds the line, and through which objects', () => {
    const { denials } = review([p('*', 'getWidget', 'deny'), g('role##r', 'pol-a'), g(ALICE, 'role##r')], OLD, NEW);
    assert.deepEqual(denials[0]?.becomes, ['gadgets.x.io']);
    assert.deepEqual(denials[0].subjects, { named: [ALICE], total: 1 });
    assert.deepEqual(denials[0].through, { named: ['Role pol-a', 'Role role##r'], total: 2 });
  });

  test('names ten subjects and counts all of them', () => {
    const many = Array.from({ length: 25 }, (_, i) => g(`acme##user##u${i}`, 'pol-a'));
    const { subjects } = review([p('*', '*'), ...many], OLD, NEW).gains[0] ?? {};
    assert.equal(subjects?.named.length, 10);
    assert.equal(subjects.total, 25);
  });

  test('a removed API version takes no permission', () => {
    const report = review([p('*', 'getWidget'), HELD], [WIDGETS, { ...WIDGETS, version: 'v1beta1' }], [WIDGETS]);
    assert.deepEqual(counts(report), [0, 0, 0]);
    assert.deepEqual(report.versions, [{ resource: 'widgets.x.io', gone: ['v1beta1'], served: ['v1'] }]);
    assert.equal(summary(report, 'acme').status, 'True');
  });

  test('a resource that moves to another group takes no permission and is reported as a move', () => {
    const report = review([p('*', 'getWidget'), HELD], [WIDGETS], [{ ...WIDGETS, group: 'y.io' }]);
    assert.deepEqual(counts(report), [0, 0, 0]);
    assert.deepEqual(report.moves, [{ resource: 'widgets.x.io', to: ['widgets.y.io'] }]);
    assert.match(reportText(report), /another API group[^]*widgets\.x\.io: moves to widgets\.y\.io/);
    assert.match(summary(report, 'acme').message, /; 1 resource moves to another API group/);
  });

  test('says whether a line that loses something still matches something else', () => {
    const keeps = (action: string): boolean[] =>
      review([p('*', action, 'deny')], [...OLD, WIDGET_CLASSES], [...NEW, WIDGET_CLASSES]).denials.map(
        (each) => each.keeps,
      );
    assert.deepEqual([keeps('getWidget*'), keeps('getWidget')], [[true], [false]]);
  });

  test('a removed subresource is a loss of its own', () => {
    const scaled = { ...WIDGETS, subresources: [{ name: 'scale', verbs: ['update'] }] };
    assert.deepEqual(
      review([p('*', 'updateWidgetScale'), p('*', 'getWidget')], [scaled], [WIDGETS]).losses.map(
        ({ resources }) => resources.named,
      ),
      [['widgets.x.io/scale']],
    );
  });

  test('shows lines of one object together when they differ only in their action', () => {
    const lines = ['get', 'list', 'create'].map((verb) => p('*', `${verb}Widget*`)).concat(p('*', 'getWidget', 'deny'));
    const text = reportText(review([...lines, HELD], OLD, [PODS]));
    assert.match(
      text,
      /Policy pol-a: allow createWidget\*, getWidget\*, listWidget\* on \*\n {4}removed: widgets\.x\.io; the line matches nothing else\n {4}held by: user alice of tenant acme\n/,
    );
    assert.equal(text.match(/held by/g)?.length, 2);
  });

  test("the summary names findings of the cluster's tenant and only counts those of others", () => {
    const [theirs, ours] = [
      [p('*', 'get*', 'allow', 'pol-b'), g('other##user##eve', 'pol-b')],
      [p('*', 'get*'), HELD],
    ];
    const only = summary(review(theirs, OLD, NEW), 'acme').message;
    assert.match(only, /^1 allow line also matches [^(]* \(none held in tenant acme\)$/);
    assert.doesNotMatch(only, /pol-b|eve/);
    const both = summary(review([...theirs, ...ours], OLD, NEW), 'acme').message;
    assert.match(
      both,
      /^2 allow lines also match [^:]*, for example in tenant acme: Policy pol-a allows .* held by user alice of tenant acme$/,
    );
    assert.doesNotMatch(both, /pol-b|eve/);
  });

  test('lost denies come first, in the text and in the summary', () => {
    const report = review(
      [p('*', 'getWidget', 'deny'), p('*', 'listWidgets'), p('*', 'get*', 'allow', 'pol-b'), g(ALICE, 'pol-b')],
      OLD,
      NEW,
    );
    assert.deepEqual(counts(report), [1, 1, 1]);
    assert.equal(summary(report, 'acme').reason, 'DenialsLost');
    assert.deepEqual(reportText(report).match(/^(Deny|Allow) lines|new name/gm), [
      'Deny lines',
      'new name',
      'Allow lines',
      'new name',
      'Allow lines',
    ]);
  });

  test('property: a line that matches nothing that changes is never reported', () => {
    const safe = fc.record({
      object: fc.constantFrom('cluster:c/namespace:a/pod:*', 'cluster:c/*/pod:x', 'cluster:d/*', 'cluster:c/pod:*'),
      action: fc.constantFrom('*', 'get*', 'listPods', 'getPod', 'nothing'),
      effect: fc.constantFrom('allow', 'deny'),
    });
    fc.assert(
      fc.property(fc.array(safe, { maxLength: 8 }), (lines) => {
        assert.deepEqual(
          counts(review([...lines.map(({ object, action, effect }) => p(object, action, effect)), HELD], OLD, NEW)),
          [0, 0, 0],
        );
      }),
    );
  });
});

const OWN = resource('things', 'Thing', { group: 'mine.io' });
const NODES = resource('nodes', 'Node');
const SERVED: Readonly<Record<string, readonly [found: Discovery, expected: Discovery]>> = {
  'after the upgrade, custom resources stay and resources removed from the release are gone': [
    expectedDiscovery([PODS, WIDGETS, OWN], OLD, NEW),
    [PODS, GADGETS, OWN],
  ],
  'after the upgrade, disabled APIs stay disabled': [
    expectedDiscovery([PODS], [PODS, NODES], [PODS, NODES, GADGETS]),
    [PODS, GADGETS],
  ],
  'during an upgrade, the discovery before it can be derived': [
    discoveryBefore([PODS, GADGETS, OWN], OLD, NEW),
    [PODS, WIDGETS, OWN],
  ],
};
for (const [sentence, [found, expected]] of Object.entries(SERVED))
  test(sentence, () => assert.deepEqual(found, expected));

const object = `cluster:c/namespace:${ANY_NAME}/pod:${ANY_NAME}`;
const OVERLAPS: Readonly<Record<string, boolean>> = {
  '*': true,
  'cluster:c/*': true,
  'cluster:c/namespace:a/pod:b': true,
  'CLUSTER:C/namespace:a/*': true,
  '*/pod:*': true,
  '*x': true,
  'cluster:c/namespace:a/secret:*': false,
  'cluster:d/*': false,
  'cluster:c/pod:*': false,
  'cluster:c/namespace:a/b/pod:c': false,
  '': false,
};
for (const [pattern, expected] of Object.entries(OVERLAPS)) {
  test(`'${pattern}' ${expected ? 'can' : 'cannot'} match a pod in a namespace`, () =>
    assert.equal(canMatch(pattern, object), expected));
}

for (const release of ['v1.35.4', 'v1.36.3']) {
  test(`the data file of ${release} is exactly what the generator writes`, () => {
    const text = readFileSync(path.join(import.meta.dirname, 'discoveries', `${release}.json`), 'utf8');
    assert.equal(storedText(release, parseStored(JSON.parse(text))), text);
  });
}
