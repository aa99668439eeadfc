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
  'a permission that names what goes is lost': [
    [p('*', 'getWidget'), HELD],
    [0, 1, 0],
  ],
  'a permission on objects of what goes is lost': [
    [p('cluster:c/namespace:team/widget:*', '*'), HELD],
    [0, 1, 0],
  ],
  'a denial that names what goes bites no more': [
    [p('cluster:*/widget:*', 'get*', 'deny'), HELD],
    [1, 0, 0],
  ],
  'a wildcard gains what comes': [
    [p('cluster:c/*', 'get*'), HELD],
    [0, 0, 1],
  ],
  'a wildcard that nobody holds gains nothing': [[p('*', '*')], [0, 0, 0]],
  'a binding that has ended gains nothing': [
    [p('*', '*'), g(ALICE, 'pol-a', '*', '1970-01-01T00:00:01Z')],
    [0, 0, 0],
  ],
  'a binding in a project gains': [
    [p('*', '*'), g(ALICE, 'pol-a', 'prj-1')],
    [0, 0, 1],
  ],
  'another cluster is none of its business': [
    [p('cluster:other/*', '*'), p('cluster:other/*', 'getWidget', 'deny'), HELD],
    [0, 0, 0],
  ],
  'what stays is not reported': [
    [p('cluster:c/namespace:a/pod:*', '*'), p('*', 'getPod'), HELD],
    [0, 0, 0],
  ],
  'a denial that loses one of the things that it names is reported': [
    [p('*', '*Widget*', 'deny'), HELD],
    [1, 0, 0],
    [PODS, WIDGETS, WIDGET_CLASSES],
  ],
  'a permission that loses one of the things that it names is reported': [
    [p('*', '*Widget*'), HELD],
    [0, 1, 0],
    [PODS, WIDGETS, WIDGET_CLASSES],
  ],
  'a denial of everything in a place is whole under the new name': [
    [p('cluster:c/namespace:a/*', '*', 'deny'), HELD],
    [0, 0, 0],
  ],
  'a denial of a place that the new name leaves is reported': [
    [p('cluster:c/namespace:a/*', '*', 'deny'), HELD],
    [1, 0, 0],
    OLD,
    [PODS, { ...GADGETS, namespaced: false }],
  ],
  'what is denied under every name is not gained': [
    [p('*', 'getGadget'), p('*', '*Gadget*', 'deny'), HELD],
    [0, 0, 0],
  ],
  'what everybody of the tenant is denied is not gained': [
    [p('*', 'getGadget'), HELD, p('*', '*Gadget*', 'deny', 'pol-d'), g('acme##user##*', 'pol-d')],
    [0, 0, 0],
  ],
  'what is denied in one namespace is gained elsewhere': [
    [p('*', 'getGadget'), p('*/namespace:a/*', '*Gadget', 'deny'), HELD],
    [0, 0, 1],
  ],
};

describe('a review', () => {
  for (const [sentence, [lines, expected, now = OLD, target]] of Object.entries(TABLE)) {
    // What there is beside the widgets stays.
    const then = target ?? [...NEW, ...now.filter((each) => !OLD.includes(each))];
    test(sentence, () => assert.deepEqual(counts(review(lines, now, then)), expected));
  }

  test('says what a resource is called then, who holds it, and through what', () => {
    const { denials } = review([p('*', 'getWidget', 'deny'), g('role##r', 'pol-a'), g(ALICE, 'role##r')], OLD, NEW);
    assert.deepEqual(denials[0]?.becomes, ['gadgets.x.io']);
    assert.deepEqual(denials[0].subjects, { named: [ALICE], total: 1 });
    assert.deepEqual(denials[0].through, { named: ['Role pol-a', 'Role role##r'], total: 2 });
  });

  test('names ten subjects and counts all', () => {
    const many = Array.from({ length: 25 }, (_, i) => g(`acme##user##u${i}`, 'pol-a'));
    const { subjects } = review([p('*', '*'), ...many], OLD, NEW).gains[0] ?? {};
    assert.equal(subjects?.named.length, 10);
    assert.equal(subjects.total, 25);
  });

  test('a version that goes takes no permission', () => {
    const report = review([p('*', 'getWidget'), HELD], [WIDGETS, { ...WIDGETS, version: 'v1beta1' }], [WIDGETS]);
    assert.deepEqual(counts(report), [0, 0, 0]);
    assert.deepEqual(report.versions, [{ resource: 'widgets.x.io', gone: ['v1beta1'], served: ['v1'] }]);
    assert.equal(summary(report, 'acme').status, 'True');
  });

  test('the same plural in another group takes no permission, for objects name no group, and is named as a move', () => {
    const report = review([p('*', 'getWidget'), HELD], [WIDGETS], [{ ...WIDGETS, group: 'y.io' }]);
    assert.deepEqual(counts(report), [0, 0, 0]);
    assert.deepEqual(report.moves, [{ resource: 'widgets.x.io', to: ['widgets.y.io'] }]);
    assert.match(reportText(report), /another API group[^]*widgets\.x\.io: then widgets\.y\.io/);
    assert.match(summary(report, 'acme').message, /another API group.*: 1/);
  });

  test('says whether a line that loses something still matches something else', () => {
    const keeps = (action: string): boolean[] =>
      review([p('*', action, 'deny')], [...OLD, WIDGET_CLASSES], [...NEW, WIDGET_CLASSES]).denials.map(
        (each) => each.keeps,
      );
    assert.deepEqual([keeps('getWidget*'), keeps('getWidget')], [[true], [false]]);
  });

  test('a subresource that goes is a loss of its own', () => {
    const scaled = { ...WIDGETS, subresources: [{ name: 'scale', verbs: ['update'] }] };
    assert.deepEqual(
      review([p('*', 'updateWidgetScale'), p('*', 'getWidget')], [scaled], [WIDGETS]).losses.map(
        ({ resources }) => resources.named,
      ),
      [['widgets.x.io/scale']],
    );
  });

  test('tells lines of one object together that differ in their action', () => {
    const lines = ['get', 'list', 'create'].map((verb) => p('*', `${verb}Widget*`)).concat(p('*', 'getWidget', 'deny'));
    const text = reportText(review([...lines, HELD], OLD, [PODS]));
    assert.match(
      text,
      /Policy pol-a: allow createWidget\*, getWidget\*, listWidget\* on \*\n {4}gone: widgets\.x\.io; nothing else is left of it\n {4}held by: user alice of tenant acme\n/,
    );
    assert.equal(text.match(/held by/g)?.length, 2);
  });

  test('names in the summary what the tenant of the cluster holds, and counts what others do', () => {
    const [theirs, ours] = [
      [p('*', 'get*', 'allow', 'pol-b'), g('other##user##eve', 'pol-b')],
      [p('*', 'get*'), HELD],
    ];
    const only = summary(review(theirs, OLD, NEW), 'acme').message;
    assert.match(only, /: 1, none of them held in tenant acme/);
    assert.doesNotMatch(only, /pol-b|eve/);
    const both = summary(review([...theirs, ...ours], OLD, NEW), 'acme').message;
    assert.match(both, /: 2, of tenant acme: Policy pol-a, .* held by user alice of tenant acme/);
    assert.doesNotMatch(both, /pol-b|eve/);
  });

  test('puts lost denials first, in the text and in the summary', () => {
    const report = review(
      [p('*', 'getWidget', 'deny'), p('*', 'listWidgets'), p('*', 'get*', 'allow', 'pol-b'), g(ALICE, 'pol-b')],
      OLD,
      NEW,
    );
    assert.deepEqual(counts(report), [1, 1, 1]);
    assert.equal(summary(report, 'acme').reason, 'DenialsLost');
    assert.deepEqual(reportText(report).match(/^(Denials|Permissions)|now called/gm), [
      'Denials',
      'now called',
      'Permissions',
      'now called',
      'Permissions',
    ]);
  });

  test('property: lines that match nothing that differs are never in a report', () => {
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
  'what a cluster serves beyond its release stays, what its release took away goes': [
    expectedDiscovery([PODS, WIDGETS, OWN], OLD, NEW),
    [PODS, GADGETS, OWN],
  ],
  'what a cluster has switched off stays off': [
    expectedDiscovery([PODS], [PODS, NODES], [PODS, NODES, GADGETS]),
    [PODS, GADGETS],
  ],
  'in the middle of an upgrade it is known what there was before': [
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
  test(`the data file of ${release} is as it would be written`, () => {
    const text = readFileSync(path.join(import.meta.dirname, 'discoveries', `${release}.json`), 'utf8');
    assert.equal(storedText(release, parseStored(JSON.parse(text))), text);
  });
}
