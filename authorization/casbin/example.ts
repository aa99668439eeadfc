/**
 * A complete application: `node authorization/casbin/example.ts SUBJECT DOMAIN OBJECT ACTION` asks casbin, over the Rules
 * of the cluster in KUBECONFIG. For example:
 *
 *     node authorization/casbin/example.ts 'acme##user##bob' prj-acme-shop cluster:cls-a/namespace:dev/pod:web getPod
 *
 * It prints yes or no and exits with code 0 or 1; with 2 for wrong arguments or an error. An empty domain means no project.
 * While the API server does not answer, it waits.
 */
import { rules } from '../../api/auth/rule.ts';
import { Informer } from '../../runtime/cache/informer.ts';
import { createClient } from '../../runtime/client/client.ts';
import { loadKubeConfig } from '../../runtime/client/credentials.ts';
import { messageOf } from '../../runtime/errors.ts';
import { createLogger } from '../../runtime/log.ts';
import { RuleAdapter } from './adapter.ts';
import { newRuleEnforcer } from './enforcer.ts';
import { cachedRules } from './rule-source.ts';
import { RuleWatcher } from './watcher.ts';

async function ask(subject: string, domain: string, object: string, action: string): Promise<boolean> {
  const log = createLogger({ name: 'casbin-example', level: 'info' });
  const config = loadKubeConfig();
  const client = createClient(() => config, { fieldManager: 'casbin-example' });
  const stop = new AbortController();

  // The essential part: a cache of Rules, a watcher on the cache, and an enforcer that reads the cache when told to.
  const informer = new Informer({ resource: rules, client, log });
  const watcher = new RuleWatcher(informer, {
    onError: (error) => log.error('reload failed', { error: messageOf(error) }),
  });
  const following = informer.start(stop.signal);
  const adapter = new RuleAdapter({ source: cachedRules(informer) });
  const enforcer = await newRuleEnforcer({ adapter, watcher, isCurrent: () => informer.isCurrent });

  try {
    return await enforcer.enforce(subject, domain, object, action);
  } finally {
    watcher.close();
    stop.abort();
    await following;
    await client.close();
  }
}

const [subject = '', domain, object, action, ...more] = process.argv.slice(2);
if (domain === undefined || object === undefined || action === undefined || more.length > 0) {
  process.stderr.write(
    "usage: node authorization/casbin/example.ts SUBJECT DOMAIN OBJECT ACTION (DOMAIN '' for no project)\n",
  );
  process.exitCode = 2;
} else {
  try {
    const allowed = await ask(subject, domain, object, action);
    process.stdout.write(allowed ? 'yes\n' : 'no\n');
    process.exitCode = allowed ? 0 : 1;
  } catch (error) {
    process.stderr.write(`casbin-example: ${messageOf(error)}\n`);
    process.exitCode = 2;
  }
}
