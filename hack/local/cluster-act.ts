/**
 * The second act of `make run`: orders a cluster with config/samples-clusters, hands out credentials, asks the cluster's own
 * kube-apiserver what people may do there, upgrades it by a minor version and deletes it. Each command is printed as a user
 * would type it, with its outcome and its duration.
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
const UPGRADED = DEFAULT_RELEASE.kubernetes;
const INDENT = ' '.repeat(13);
/** More than the longest command, the upgrade, takes on a busy machine. */
const PLUGIN_MS = 300_000;

interface Person {
  readonly name: string;
  /** Undefined for those who installed Steward: they use the administrator's credentials of the hub. */
  readonly tenant: string | undefined;
}
const PLATFORM: Person = { name: 'platform', tenant: undefined };
const ADMIN: Person = { name: 'admin', tenant: 'default' };
const CAROL: Person = { name: 'carol', tenant: 'acme' };
const ERIN: Person = { name: 'erin', tenant: 'acme' };

/** A command of the act and its expected outcome. */
interface Scene {
  readonly title: string;
  readonly person: Person;
  /** The API server: the hub's, or the cluster's with the credentials that the person got for it. */
  readonly at: 'hub' | 'cluster';
  /** The arguments of kubectl, as one string; those of `kubectl steward` begin with `steward`. */
  readonly command: string;
  readonly succeeds: boolean;
  /** What the output must contain. */
  readonly shows: RegExp;
}

/** A refusal by the policies; any other error is not what the act expects. */
const REFUSED = /: no policy allows it|may not get credentials/;

const at = (place: Scene['at']) => ({
  may: (person: Person, title: string, command: string, shows = /./): Scene => ({
    title,
    person,
    at: place,
    command,
    succeeds: true,
    shows,
  }),
  mayNot: (person: Person, title: string, command: string): Scene => ({
    title,
    person,
    at: place,
    command,
    succeeds: false,
    shows: REFUSED,
  }),
});
const hub = at('hub');
const cluster = at('cluster');
const GET_CREDENTIALS = `steward get-credentials ${CLUSTER} --file FILE`;

const SCENES: readonly Scene[] = [
  hub.may(
    PLATFORM,
    'The platform offers Kubernetes versions and a plan',
    `apply --server-side -f ${MANIFESTS}/releases.yaml -f ${MANIFESTS}/plan.yaml`,
  ),
  hub.may(PLATFORM, 'Teams can look up the plans', 'steward plans', /small +Local/),
  hub.may(PLATFORM, 'The platform orders a cluster for the shop', `apply --server-side -k ${MANIFESTS}`),
  hub.may(
    PLATFORM,
    'The cluster comes up',
    `wait --for=condition=Ready --timeout=180s clusters.platform.tkestack.io/${CLUSTER}`,
  ),
  hub.may(ADMIN, "The administrator of the platform's tenant gets credentials for it", GET_CREDENTIALS),
  cluster.may(ADMIN, 'The administrator creates the namespace of the shop', 'create namespace shop'),
  hub.may(CAROL, "The shop's developer gets credentials, in her own name", GET_CREDENTIALS, /as carol/),
  cluster.may(CAROL, 'She deploys to the shop', 'create deployment web --image=registry.example/shop -n shop'),
  cluster.mayNot(CAROL, 'She sees nothing outside of it', 'get configmaps -n kube-system'),
  cluster.mayNot(
    CAROL,
    'She may not change who may do what',
    'create rolebinding mine --clusterrole=admin --user=carol -n shop',
  ),
  hub.mayNot(ERIN, 'The contractor, whose contract has ended, gets no credentials', GET_CREDENTIALS),
  hub.may(
    PLATFORM,
    'The platform upgrades the cluster by a minor version',
    `steward upgrade-cluster ${CLUSTER} ${UPGRADED} --wait`,
  ),
  cluster.may(
    CAROL,
    'The cluster runs the new version',
    'get --raw /version',
    new RegExp(`"gitVersion": "${UPGRADED}"`),
  ),
  cluster.may(
    CAROL,
    "The deployment is still there, and the developer's rights are as before",
    'get deployments -n shop',
    /web/,
  ),
  cluster.mayNot(CAROL, 'So are her limits', 'get configmaps -n kube-system'),
  hub.may(PLATFORM, 'The cluster is deleted with its manifests', `delete -k ${MANIFESTS} --timeout=120s`),
];

/** Plays the act and prints it. Kubeconfigs go below `directory`. Returns how many commands did not end as expected. */
export async function playClusters(stack: Stack, directory: string, print: (text: string) => void): Promise<number> {
  const folder = path.join(directory, 'people');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const person of [PLATFORM, ADMIN, CAROL, ERIN])
    await writeFile(kubeconfigOf(folder, person, 'hub'), await hubKubeconfig(stack, person), { mode: 0o600 });
  print(`
Each command is shown as the person types it, with its duration, whether it succeeded, and its output.`);
  let unexpected = 0;
  for (const scene of SCENES) {
    const start = Date.now();
    const { succeeded, output } = await run(stack, folder, scene);
    const isExpected = succeeded === scene.succeeds && scene.shows.test(output);
    if (!isExpected) unexpected += 1;
    const duration = `${((Date.now() - start) / 1_000).toFixed(1)} s`.padStart(7);
    print(
      [
        `\n${duration}  ${markOf(succeeded, isExpected)} ${scene.title}`,
        styleText('dim', `${INDENT}${scene.person.name}$ kubectl ${scene.command}`),
        ...output
          .trimEnd()
          .split('\n')
          .flatMap(wrap)
          .map((line) => (INDENT + line).trimEnd()),
      ].join('\n'),
    );
  }
  const summary = unexpected === 0 ? 'every command ended as expected' : `${unexpected} did NOT end as expected`;
  print(`\n${SCENES.length} commands: ${summary}`);
  return unexpected;
}

function markOf(succeeded: boolean, isExpected: boolean): string {
  if (!isExpected) return styleText('red', `${succeeded ? 'yes' : 'no'}, NOT as expected:`);
  return styleText(succeeded ? 'green' : 'yellow', succeeded ? 'yes' : 'no ');
}

function kubeconfigOf(folder: string, { name, tenant }: Person, place: Scene['at']): string {
  return path.join(folder, `${tenant === undefined ? name : `${tenant}-${name}`}-${place}.kubeconfig`);
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

interface Outcome {
  readonly succeeded: boolean;
  readonly output: string;
}

async function run({ controlPlane }: Stack, folder: string, { person, at: place, command }: Scene): Promise<Outcome> {
  const words = command.split(' ').map((word) => {
    if (word.startsWith(MANIFESTS)) return path.join(ROOT, word);
    return word === 'FILE' ? kubeconfigOf(folder, person, 'cluster') : word;
  });
  const args = [...words, `--kubeconfig=${kubeconfigOf(folder, person, place)}`];
  if (args[0] === 'steward') return runPlugin(args.slice(1));
  const { code, stdout, stderr } = await controlPlane.kubectl(args);
  return { succeeded: code === 0, output: stdout + stderr };
}

/** Runs `kubectl steward`, by the plugin's own program. */
async function runPlugin(args: readonly string[]): Promise<Outcome> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [path.join(ROOT, 'cli/main.ts'), ...args], {
      timeout: PLUGIN_MS,
    });
    return { succeeded: true, output: stderr + stdout };
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    return { succeeded: false, output: stdout + stderr };
  }
}
