import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type CommandInput, commandsOf } from './components.ts';

type Options = CommandInput['options'];

const pair = { cert: 'CERT', key: 'KEY' };
const input = (options: Options = {}): CommandInput => ({
  binaries: {
    etcd: ['/bin/all', 'etcd'],
    'kube-apiserver': ['/bin/all', 'kube-apiserver'],
    'kube-controller-manager': ['/bin/kube-controller-manager'],
    kubectl: ['kubectl'],
  },
  files: {
    directory: '/plane',
    kubeconfig: '/plane/admin.kubeconfig',
    authority: {
      ...pair,
      issue: () => Promise.reject(new Error('not used in this test')),
      certify: () => Promise.reject(new Error('not used in this test')),
    },
  },
  ports: { etcd: 1001, peer: 1002, apiserver: 1003, manager: 1004 },
  options,
});
const flagsOf = (options: Options, starting: string): string[] =>
  commandsOf(input(options))['kube-apiserver'].filter((flag) => flag.startsWith(starting));

describe('a command', () => {
  test('starts with the program and its leading arguments', () => {
    const commands = commandsOf(input());
    assert.deepEqual(commands.etcd.slice(0, 2), ['/bin/all', 'etcd']);
    assert.deepEqual(commands['kube-apiserver'].slice(0, 2), ['/bin/all', 'kube-apiserver']);
    assert.equal(commands['kube-controller-manager'][0], '/bin/kube-controller-manager');
  });

  test('listens only on the loopback interface', () => {
    const commands = commandsOf(input());
    const listening = /^--(bind-address|advertise-address|listen-.*-urls|advertise-client-urls|initial-.*)=/;
    for (const [name, flags] of Object.entries(commands)) {
      const addresses = flags.filter((flag) => listening.test(flag));
      assert.notEqual(addresses.length, 0, name);
      for (const flag of addresses) assert.match(flag, /=(local=)?(http:\/\/)?127\.0\.0\.1(:\d+)?$/, name);
    }
  });

  test('uses the given ports, and the same etcd on both sides', () => {
    const commands = commandsOf(input());
    assert.ok(commands.etcd.includes('--listen-client-urls=http://127.0.0.1:1001'));
    assert.ok(commands['kube-apiserver'].includes('--etcd-servers=http://127.0.0.1:1001'));
    assert.ok(commands['kube-apiserver'].includes('--secure-port=1003'));
    assert.ok(commands['kube-controller-manager'].includes('--secure-port=1004'));
  });

  test("ends with the caller's arguments, so that they win", () => {
    const apiserverArgs = ['--profiling=true', '--audit-log-path=-'];
    assert.deepEqual(commandsOf(input({ apiserverArgs }))['kube-apiserver'].slice(-2), apiserverArgs);
  });
});

describe('kube-apiserver authorizes', () => {
  const cases: Record<string, { options: Options; flags: string[] }> = {
    'with Node and RBAC by default': { options: {}, flags: ['--authorization-mode=Node,RBAC'] },
    'with a configuration file, next to which it accepts no other flag': {
      options: { authorization: { config: '/etc/authz.yaml' } },
      flags: ['--authorization-config=/etc/authz.yaml'],
    },
    'with the modes of the flag, and a webhook in v1 whose answers are cached for a second': {
      options: { authorization: { mode: 'Node,RBAC,Webhook', webhookKubeconfig: '/etc/webhook.kubeconfig' } },
      flags: [
        '--authorization-mode=Node,RBAC,Webhook',
        '--authorization-webhook-config-file=/etc/webhook.kubeconfig',
        '--authorization-webhook-version=v1',
        '--authorization-webhook-cache-authorized-ttl=1s',
        '--authorization-webhook-cache-unauthorized-ttl=1s',
      ],
    },
  };
  for (const [name, { options, flags }] of Object.entries(cases)) {
    test(name, () => assert.deepEqual(flagsOf(options, '--authorization'), flags));
  }
});
