import { builtinKinds } from '@trireme/api';
import { type ApiClient, createEventRecorder, createInformerFactory, createLeaderElector } from '@trireme/client';
import { createControllers } from '@trireme/controllers';
import type { CancelSignal, Logger, Random, Time } from '@trireme/ports';
import { createReconcileHost, createSchedulerHost } from '@trireme/reconcile-host';
import type { ApiObject, ResourceRef } from '@trireme/schema';

/** The scheduler and the controllers of one member. They work only while they lead; each is led by one member at a time. */
export interface ControlLoops {
  /** Campaigns and leads until `signal` aborts; resolves once all work has ended. */
  run(signal: CancelSignal): Promise<void>;
  readonly leads: { readonly controllers: boolean; readonly scheduler: boolean };
}

export interface ControlLoopsDeps {
  /** Each part comes with an identity of its own, so that it may do just what it must. */
  readonly clients: { readonly controllers: ApiClient; readonly scheduler: ApiClient };
  readonly time: Time;
  readonly random: Random;
  readonly logger: Logger;
}

export interface ControlLoopsOptions {
  /** Unique among the members; it is who holds the leases. */
  readonly identity: string;
  /** PEM of what verifies the API, published to every namespace. */
  readonly rootCa: string;
  readonly podCidr: string;
  readonly serviceCidr: string;
}

interface World {
  readonly client: ApiClient;
  readonly time: Time;
  readonly random: Random;
  readonly logger: Logger;
}

const leaseNamespace = 'kube-system';

export function createControlLoops(deps: ControlLoopsDeps, options: ControlLoopsOptions): ControlLoops {
  const { clients, time, random, logger } = deps;
  const worldOf = (client: ApiClient): World => ({ client, time, random, logger });
  const elect = (name: string, world: World, lead: (signal: CancelSignal) => Promise<void>) =>
    createLeaderElector(world, { name, namespace: leaseNamespace, identity: options.identity, lead });
  const [ofControllers, ofScheduler] = [worldOf(clients.controllers), worldOf(clients.scheduler)];
  const controllers = elect('kube-controller-manager', ofControllers, (signal) =>
    leadControllers(ofControllers, options, signal),
  );
  const scheduler = elect('kube-scheduler', ofScheduler, (signal) => leadScheduler(ofScheduler, signal));
  return {
    async run(signal) {
      await Promise.all([controllers.run(signal), scheduler.run(signal)]);
    },
    get leads() {
      return { controllers: controllers.isLeader, scheduler: scheduler.isLeader };
    },
  };
}

async function leadControllers(deps: World, options: ControlLoopsOptions, signal: CancelSignal): Promise<void> {
  const informers = createInformerFactory(deps);
  const controllers = createControllers({
    resources: ownableResources(),
    rootCa: options.rootCa,
    nodeIpam: { clusterCidrs: [options.podCidr], reservedCidrs: [options.serviceCidr] },
  });
  const host = createReconcileHost({ ...deps, informers, controllers });
  try {
    await Promise.race([host.start(), aborted(signal)]);
    await aborted(signal);
  } finally {
    informers.stop();
    await host.stop();
  }
}

async function leadScheduler(deps: World, signal: CancelSignal): Promise<void> {
  const informers = createInformerFactory(deps);
  const events = createEventRecorder(deps, { component: 'default-scheduler' });
  const host = createSchedulerHost({ ...deps, informers, events });
  try {
    await Promise.race([host.start(), aborted(signal)]);
    await aborted(signal);
  } finally {
    host.stop();
    informers.stop();
  }
}

/** What owner references and namespaces may hold: everything served that can be listed, watched and deleted, once each. */
function ownableResources(): readonly ResourceRef<ApiObject>[] {
  const byName = new Map<string, ResourceRef<ApiObject>>();
  for (const { ref, verbs } of builtinKinds) {
    const complete = (['list', 'watch', 'delete'] as const).every((verb) => verbs.includes(verb));
    if (!complete || ref.resource === 'events') continue;
    const name = `${ref.group}/${ref.resource}`;
    if (!byName.has(name)) byName.set(name, ref);
  }
  return [...byName.values()];
}

function aborted(signal: CancelSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve());
  });
}
