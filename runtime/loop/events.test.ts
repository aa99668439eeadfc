import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { KubeObject } from '../../api/object.ts';
import type { Logger } from '../log.ts';
import { EventRecorder } from './events.ts';

interface Written extends KubeObject {
  readonly note: string;
  readonly eventTime: string;
  readonly type: string;
  readonly reason: string;
  readonly regarding: { readonly namespace?: string; readonly uid?: string };
}

const thing = (uid: string, namespace?: string): KubeObject => ({
  apiVersion: 'test/v1',
  kind: 'Thing',
  metadata: { name: 'thing', uid, namespace, resourceVersion: '3' },
});

let now = 0;
let written: Written[] = [];
let informed = 0;
let answer: () => Promise<void> = () => Promise.resolve();
const log: Logger = {
  debug() {},
  info: () => (informed += 1),
  error: () => assert.fail('an event is best effort'),
  child: () => log,
};
const client = {
  create: async <T extends KubeObject>(_: unknown, object: T): Promise<T> => {
    await answer();
    written.push(object as unknown as Written);
    return object;
  },
};
let events: EventRecorder;
beforeEach(() => {
  [now, written, informed, answer] = [Date.UTC(2030, 0, 1), [], 0, (): Promise<void> => Promise.resolve()];
  events = new EventRecorder(client, { component: 'c', instance: 'i', log, now: () => now });
});

describe('an event', () => {
  test('names its object, and is in the namespace of it', async () => {
    events.record(thing('u', 'ns'), 'Warning', 'Broken', 'it broke');
    await events.flush();
    const [event] = written;
    assert.deepEqual(
      [event?.apiVersion, event?.metadata.namespace, event?.type, event?.reason, event?.note],
      ['events.k8s.io/v1', 'ns', 'Warning', 'Broken', 'it broke'],
    );
    assert.equal(event?.eventTime, '2030-01-01T00:00:00.000000Z');
    assert.deepEqual(event.regarding, {
      apiVersion: 'test/v1',
      kind: 'Thing',
      name: 'thing',
      uid: 'u',
      resourceVersion: '3',
      namespace: 'ns',
    });
  });

  test('about a cluster-scoped object is in default, and names no namespace of the object', async () => {
    events.record(thing('u'), 'Normal', 'Fine', 'it is well');
    await events.flush();
    assert.equal(written[0]?.metadata.namespace, 'default');
    assert.equal(written[0]?.regarding.namespace, undefined);
  });

  test('has a note within the limit of the API server', async () => {
    events.record(thing('u'), 'Normal', 'Fine', 'x'.repeat(5_000));
    events.record(thing('u'), 'Normal', 'Fine', 'ü€'.repeat(5_000));
    await events.flush();
    assert.equal(written[0]?.note, 'x'.repeat(1_024));
    assert.equal(written[1]?.note, `${'ü€'.repeat(204)}ü`);
  });

  test('is written once in two minutes', async () => {
    for (const wait of [0, 119_999, 1]) {
      now += wait;
      events.record(thing('u'), 'Normal', 'Fine', 'same');
    }
    await events.flush();
    assert.equal(written.length, 2);
  });

  test('with another object, reason or message is a different event', async () => {
    events.record(thing('u'), 'Normal', 'Fine', 'one');
    events.record(thing('u'), 'Normal', 'Fine', 'two');
    events.record(thing('u'), 'Normal', 'Better', 'one');
    events.record(thing('v'), 'Normal', 'Fine', 'one');
    await events.flush();
    assert.equal(new Set(written.map(({ metadata }) => metadata.name)).size, 4);
  });

  test('that cannot be written is dropped, and logged once', async () => {
    answer = () => Promise.reject(new Error('forbidden'));
    events.record(thing('u'), 'Normal', 'Fine', 'one');
    await events.flush();
    assert.equal(informed, 1);
  });

  test('does not queue without limit', async () => {
    let open = (): void => {};
    const opened = new Promise<void>((resolve) => (open = resolve));
    answer = () => opened;
    for (let i = 0; i < 500; i++) events.record(thing('u'), 'Warning', 'Odd', `message ${i}`);
    open();
    await events.flush();
    assert.equal(written.length, 100);
  });

  test('of type Normal is limited to one per second after a burst', async () => {
    for (let i = 0; i < 50; i++) events.record(thing('u'), 'Normal', 'Fine', `message ${i}`);
    await events.flush();
    assert.equal(written.length, 25);
    now += 10_000;
    for (let i = 50; i < 100; i++) events.record(thing('u'), 'Normal', 'Fine', `message ${i}`);
    await events.flush();
    assert.equal(written.length, 35);
  });
});
