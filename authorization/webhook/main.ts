/**
 * The authorizer process: `node authorization/webhook/main.ts --help`. Caches of Rules, Projects and Namespaces feed
 * the engine. The server answers from memory alone and never sends a request to decide one. Ready only when the caches
 * are synced.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { type Rule, rules } from '../../api/auth/rule.ts';
import { namespaces } from '../../api/business/namespace.ts';
import { projects } from '../../api/business/project.ts';
import type { Informer } from '../../runtime/cache/informer.ts';
import { ReplicaLease } from '../../runtime/election/replica-lease.ts';
import { millisecondsOf } from '../../runtime/process/flags.ts';
import { parseAddress } from '../../runtime/process/health.ts';
import { type ProcessContext, runProcess } from '../../runtime/process/process.ts';
import { RuleIndex } from '../engine/rule-index.ts';
import { authorizerAccess } from './access.ts';
import type { AuthorizerOptions } from './authorize.ts';
import { CostlyTenants } from './costly-tenants.ts';
import { AUTHORIZER_FLAGS } from './flags.ts';
import { grantorsIn } from './grantors.ts';
import { exposeRevision, measured } from './metrics.ts';
import { BY_CLAIM, claimOf } from './projects.ts';
import { feedIndex } from './rule-feed.ts';
import { startServer } from './server.ts';
import { answerRequest, type WebhookRequest, type WebhookResponse } from './webhook.ts';

/**
 * Short watches reveal a dead connection early, because the next watch cannot be opened. They last 10 to 20 s. Shorter
 * ones would end without a bookmark, and while nothing changes only a bookmark says how current the cache is.
 */
const WATCH = { watchSeconds: 10, stallMs: 25_000 };
/** A healthy watch may be silent for 20 s. */
const LEAST_STALE_MS = 30_000;

/** Of a replica's name: characters of the host name and of the random suffix. */
const [HOST_CHARACTERS, RANDOM_CHARACTERS] = [50, 6];

await runProcess({
  name: authorizerAccess.name,
  leaderElection: false,
  flags: AUTHORIZER_FLAGS,
  setup: async (context) => {
    const watching = { ...WATCH, staleMs: Math.max(LEAST_STALE_MS, millisecondsOf(context.flags, 'max-staleness')) };
    const ruleCache = context.informer(rules, watching);
    const namespaceCache = context.informer(namespaces, { ...watching, indexes: { [BY_CLAIM]: claimOf } });
    const projectCache = context.informer(projects, watching);
    const replica = replicaLease(ruleCache, context);
    const index = new RuleIndex();
    feedIndex(index, ruleCache);
    const caches = [ruleCache, namespaceCache, projectCache];
    const options: AuthorizerOptions = {
      index,
      projects: {
        claims: (key) => namespaceCache.store.byIndex(BY_CLAIM, key),
        project: (name) => projectCache.store.get(name),
      },
      privilegedUser: text(context, 'privileged-user'),
      projectFromGroups: context.flags['project-from-groups'] === true,
      chainsFor: context.flags['show-chains-to-everyone'] === true ? 'everyone' : 'rule-readers',
      grantorsOf: grantorsIn(index, Date.now),
      costlyTenants: new CostlyTenants(),
      nowMs: Date.now,
    };
    exposeRevision(context.metrics, index);
    const answer = (request: WebhookRequest): WebhookResponse =>
      answerRequest(request, replica.problem === undefined && caches.every((cache) => cache.isCurrent), options);
    const server = await startServer({
      files: {
        certFile: String(context.flags['tls-cert-file']),
        keyFile: String(context.flags['tls-key-file']),
        clientCaFile: String(context.flags['client-ca-file']),
      },
      ...parseAddress(String(context.flags['webhook-address'])),
      log: context.log,
      answer: logged(context, measured(context.metrics, answer)),
    });
    context.log.info('serving reviews', { address: server.address });
    void Promise.all(caches.map(({ synced }) => synced)).then(() =>
      context.log.info('caches synced', { rules: index.size, revision: index.revision }),
    );
    // Before any cache is read: a revocation from now on waits for this replica, or the caches never contain what it
    // revokes.
    await replica.join(context.signal);
    return {
      run: (signal) => replica.run(signal),
      stop: async (): Promise<void> => {
        await server.stop();
        await replica.leave();
      },
    };
  },
});

function replicaLease(informer: Informer<Rule>, context: ProcessContext): ReplicaLease {
  const { client, name, flags, log } = context;
  const durationMs = millisecondsOf(flags, 'max-staleness');
  const replica = new ReplicaLease({
    client,
    informer,
    process: name,
    namespace: String(flags['lease-namespace']),
    identity: replicaIdentity(),
    durationMs,
    log,
  });
  context.readyWhen('replica', () => replica.problem);
  return replica;
}

/** A name for this replica that is valid as part of a Lease's name: the host name, shortened, and a random suffix. */
function replicaIdentity(): string {
  const host = hostname()
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .slice(0, HOST_CHARACTERS);
  return `${host}-${randomUUID().slice(0, RANDOM_CHARACTERS)}`.replace(/^-+/, '');
}

function logged({ log }: ProcessContext, answer: (request: WebhookRequest) => WebhookResponse): typeof answer {
  return (request) => {
    const response = answer(request);
    log.debug('answered', {
      path: request.path,
      status: response.status,
      revision: response.revision,
      ...response.answer,
    });
    return response;
  };
}

function text({ flags }: ProcessContext, name: string): string | undefined {
  const value = flags[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
