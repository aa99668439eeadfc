/**
 * The second act of `make run`: applies config/samples-clusters, gives people of the story credentials for the cluster, asks
 * the cluster's own kube-apiserver what they may do, upgrades it by a minor version and deletes it. It prints each command
 * as a user would type it, what came of it, and how long it took.
 */
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify, styleText } from 'node:util';
import { tenantGroup } from '../../api/installation.ts';
import { kubeconfigText } from '../../clusters/controlplane/kubeconfig.ts';
import { DEFAULT_RELEASE } from '../../clusters/controlplane/release.ts';
import type { Stack } from './stack.ts';
import { wrap } from './wrap.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const MANIFESTS = 'config/samples-clusters';
const CLUSTER = 'cls-acme-shop';
const TO = DEFAULT_RELEASE.kubernetes;
const INDENT = ' '.repeat(13);

interface Person {
  readonly name: string;
  /** Undefined for those who installed Steward: they have the hub's own administrator's credentials. */
  readonly tenant: string | undefined;
}
const PLATFORM: Person = { name: 'platform', tenant: undefined };
const ADMIN: Person = { name: 'admin', tenant: 'default' };
const CAROL: Person = { name: 'carol', tenant: 'acme' };
const ERIN: Person = { name: 'erin', tenant: 'acme' };

/** What somebody does, and whether he is to succeed; a command of kubectl, or of `kubectl steward`. */
interface Deed {
  readonly say: string;
  readonly who: Person;
  /** Where: on the hub, or in the cluster with the credentials that he got for it. */
  readonly at: 'hub' | 'cluster';
  readonly command: string;
  readonly succeeds: boolean;
  /** What is to be in the output. */
  readonly shows: RegExp;
}

/** What says no: the policies, and not something that went wrong. */
const REFUSED = /: no policy allows it|may not get credentials/;

const at = (place: Deed['at']) => ({
  may: (who: Person, say: string, command: string, shows = /./): Deed => ({
    say,
    who,
    at: place,
    command,
    succeeds: true,
    shows,
  }),
  mayNot: (who: Person, say: string, command: string): Deed => ({
    say,
    who,
    at: place,
    command,
    succeeds: false,
    shows: REFUSED,
  }),
});
const hub = at('hub');
const cluster = at('cluster');
const credentials = `steward get-credentials ${CLUSTER} --file FILE`;

const DEEDS: readonly Deed[] = [
  hub.may(
    PLATFORM,
    'The platform offers Kubernetes versions and a plan',
    `apply --server-side -f ${MANIFESTS}/releases.yaml -f ${MANIFESTS}/plan.yaml`,
  ),
  hub.may(PLATFORM, 'which a team can look up', 'steward plans', /small +Local/),
  hub.may(PLATFORM, 'It orders a cluster for the shop', `apply --server-side -k ${MANIFESTS}`),
  hub.may(
    PLATFORM,
    'The cluster comes up',
    `wait --for=condition=Ready --timeout=180s clusters.platform.tkestack.io/${CLUSTER}`,
  ),
  hub.may(ADMIN, "The administrator of the platform's tenant gets credentials for it", credentials),
  cluster.may(ADMIN, 'and makes the namespace of the shop', 'create namespace shop'),
  hub.may(CAROL, "The shop's developer gets credentials, in her own name", credentials, /as carol/),
  cluster.may(CAROL, 'She deploys to the shop', 'create deployment web --image=registry.example/shop -n shop'),
  cluster.mayNot(CAROL, 'She sees nothing outside of it', 'get configmaps -n kube-system'),
  cluster.mayNot(
    CAROL,
    'and does not change who may do what',
    'create rolebinding mine --clusterrole=admin --user=carol -n shop',
  ),
  hub.mayNot(ERIN, 'The contractor, whose time is over, gets no credentials', credentials),
  hub.may(
    PLATFORM,
    'The platform upgrades the cluster by a minor version',
    `steward upgrade-cluster ${CLUSTER} ${TO} --wait`,
  ),
  cluster.may(CAROL, 'It runs the new version', 'get --raw /version', new RegExp(`"gitVersion": "${TO}"`)),
  cluster.may(CAROL, 'The deployment is still there, and so are her rights', 'get deployments -n shop', /web/),
  cluster.mayNot(CAROL, 'and her limits', 'get configmaps -n kube-system'),
  hub.may(PLATFORM, 'The cluster is deleted with its manifests', `delete -k ${MANIFESTS} --timeout=120s`),
];

/** Plays the act; returns how many deeds did not end as they should. What is told comes through `print`. */
export async function playClusters(stack: Stack, directory: string, print: (line: string) => void): Promise<number> {
  const files = path.join(directory, 'people');
  await mkdir(files, { recursive: true, mode: 0o700 });
  for (const person of [PLATFORM, ADMIN, CAROL, ERIN])
    await writeFile(fileOf(files, person, 'hub'), await hubKubeconfig(stack, person), { mode: 0o600 });
  let wrong = 0;
  for (const deed of DEEDS) {
    const began = Date.now();
    const { succeeded, output } = await done(stack, files, deed);
    const right = succeeded === deed.succeeds && deed.shows.test(output);
    if (!right) wrong += 1;
    const took = `${((Date.now() - began) / 1_000).toFixed(1)} s`.padStart(7);
    print(`\n${took}  ${markOf(succeeded, right)} ${deed.say}`);
    print(styleText('dim', `${INDENT}${deed.who.name}$ kubectl ${deed.command}`));
    for (const line of output.trimEnd().split('\n').flatMap(wrap)) print(INDENT + line);
  }
  return wrong;
}

function markOf(succeeded: boolean, right: boolean): string {
  if (!right) return styleText('red', `${succeeded ? 'yes' : 'no'}, WRONG:`);
  return styleText(succeeded ? 'green' : 'yellow', succeeded ? 'yes' : 'no ');
}

function fileOf(files: string, { name, tenant }: Person, at: Deed['at']): string {
  return path.join(files, `${tenant === undefined ? name : `${tenant}-${name}`}-${at}.kubeconfig`);
}

async function hubKubeconfig(
  { controlPlane: { url, caCert, authority, kubeconfig } }: Stack,
  { name, tenant }: Person,
): Promise<string> {
  if (tenant === undefined) return readFile(kubeconfig, 'utf8');
  return kubeconfigText(
    url,
    caCert,
    await authority.issue({ commonName: name, organizations: [tenantGroup(tenant)], usages: ['client'] }),
  );
}

async function done(
  { controlPlane }: Stack,
  files: string,
  { who, at, command }: Deed,
): Promise<{ succeeded: boolean; output: string }> {
  const kubeconfig = `--kubeconfig=${fileOf(files, who, at)}`;
  const words = command
    .split(' ')
    .map((word) =>
      word.startsWith(MANIFESTS) ? path.join(ROOT, word) : word === 'FILE' ? fileOf(files, who, 'cluster') : word,
    );
  const args = [...words, kubeconfig];
  if (args[0] === 'steward') return plugin(args.slice(1));
  const { code, stdout, stderr } = await controlPlane.kubectl(args);
  return { succeeded: code === 0, output: stdout + stderr };
}

/** `kubectl steward`, as the plugin's program. */
async function plugin(args: readonly string[]): Promise<{ succeeded: boolean; output: string }> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [path.join(ROOT, 'cli/main.ts'), ...args], {
      timeout: 300_000,
    });
    return { succeeded: true, output: stderr + stdout };
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    return { succeeded: false, output: stdout + stderr };
  }
}
