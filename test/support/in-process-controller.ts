/**
 * Runs a controller of the product in the test's process against a real kube-apiserver, and lets it die between writes.
 */
import { INSTALLATION_NAMESPACE } from '../../api/installation.ts';
import type { OwnerController } from '../../controllers/rule-owner/owner.ts';
import { ownersWork } from '../../controllers/rule-owner/process.ts';
import { Informer } from '../../runtime/cache/informer.ts';
import { type Client, createClient } from '../../runtime/client/client.ts';
import { loadKubeConfig } from '../../runtime/client/credentials.ts';
import { interceptWrites } from '../../runtime/client/intercept-writes.ts';
import { FencedError } from '../../runtime/client/write-fence.ts';
import { EventRecorder } from '../../runtime/loop/events.ts';
import { createMetrics } from '../../runtime/metrics.ts';
import type { ProcessContext } from '../../runtime/process/process.ts';
import { silent } from './silent-log.ts';

export interface InProcessController {
  /** Resolves when it tries to write after its last allowed write. */
  readonly died: Promise<void>;
  /** How many writes it has sent. */
  readonly writes: number;
  stop(): Promise<void>;
}

/**
 * Starts a controller with one worker. It is dead from the moment at which it tries to send the write after
 * `lastWrite`.
 */
export function startInProcess(
  controller: OwnerController,
  kubeconfig: string,
  lastWrite = Infinity,
): InProcessController {
  const client = createClient(() => loadKubeConfig(kubeconfig), { fieldManager: controller.name });
  const stop = new AbortController();
  let writes = 0;
  let die: () => void = () => {};
  const died = new Promise<void>((resolve) => (die = resolve));
  const fenced = interceptWrites(client, async (write) => {
    if (stop.signal.aborted || writes >= lastWrite) {
      die();
      throw new FencedError('the controller is dead');
    }
    writes += 1;
    return write();
  });
  const { context, starts } = contextOf(controller, fenced, stop.signal);
  const working = ownersWork(controller, context, 1)(stop.signal);
  const informers = starts.map((start) => start());
  return {
    died,
    get writes() {
      return writes;
    },
    stop: async () => {
      stop.abort();
      await Promise.all([working, ...informers]);
      await client.close();
    },
  };
}

interface Parts {
  readonly context: ProcessContext;
  /** Start the informers that the controller requested. */
  readonly starts: (() => Promise<void>)[];
}

function contextOf({ name }: OwnerController, client: Client, signal: AbortSignal): Parts {
  const starts: (() => Promise<void>)[] = [];
  const context: ProcessContext = {
    name,
    log: silent,
    client,
    signal,
    metrics: createMetrics(),
    // Events are for users and do not belong to its writes.
    events: new EventRecorder(
      { create: (_resource, object) => Promise.resolve(object) },
      { component: name, instance: 'test', log: silent },
    ),
    flags: { 'lease-namespace': INSTALLATION_NAMESPACE },
    informer: (resource, options = {}) => {
      const informer = new Informer({ resource, client, log: silent, ...options });
      starts.push(() => informer.start(signal));
      return informer;
    },
    readyWhen: () => undefined,
  };
  return { context, starts };
}
