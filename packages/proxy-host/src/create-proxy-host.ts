import type { InformerFactory } from '@trireme/client';
import type { ConnectionTable, Logger, PacketFilter, RouteTable, Time } from '@trireme/ports';
import { endpointslices, nodes, services } from '@trireme/schema/resources';
import { nodeRoutes, type RuleSet, type ServiceRulesOptions, serviceRules } from '@trireme/service-proxy';
import { createRouteKeeper } from './route-keeper.ts';
import { createRuleKeeper } from './rule-keeper.ts';
import { createSyncLoop } from './sync-loop.ts';

export interface ProxyHostDeps {
  readonly informers: InformerFactory;
  readonly nft: PacketFilter;
  readonly conntrack: ConnectionTable;
  /** Absent where something else routes between nodes. */
  readonly routes?: RouteTable | undefined;
  readonly time: Time;
  readonly logger: Logger;
}

export interface ProxyHostOptions {
  readonly nodeName: string;
  readonly nodeAddresses: readonly string[];
  /** This node's pods. Default: what the Node object says, once it does. */
  readonly podCidr?: string | undefined;
  readonly clusterCidr: string;
  readonly serviceCidr: string;
  readonly rules?: ServiceRulesOptions | undefined;
  /** Default 50. */
  readonly minSyncMs?: number | undefined;
  /** How often the kernel is compared with what it should be. Default 300 000. */
  readonly resyncMs?: number | undefined;
}

export interface ProxyMetrics {
  /** Transactions given to the kernel, those among them that replaced the whole table, and those it refused. */
  readonly applied: number;
  readonly replaced: number;
  readonly refused: number;
}

/** A node's service proxy. */
export interface ProxyHost {
  /** Resolves once the kernel has the rules for what the cluster is now; goes on trying until then. */
  start(): Promise<void>;
  /** Resolves once nothing is under way. The rules stay, so that Services work while the proxy is replaced. */
  stop(): Promise<void>;
  metrics(): ProxyMetrics;
}

export function createProxyHost(deps: ProxyHostDeps, options: ProxyHostOptions): ProxyHost {
  const { minSyncMs = 50, resyncMs = 300_000, nodeName } = options;
  const serviceInformer = deps.informers.informer(services);
  const sliceInformer = deps.informers.informer(endpointslices);
  const nodeInformer = deps.informers.informer(nodes);
  const rules = createRuleKeeper(deps);
  const routes = deps.routes && createRouteKeeper(deps.routes, deps.logger);
  const leave: (() => void)[] = [];

  const wantedRules = (): RuleSet =>
    serviceRules({
      ...options,
      services: serviceInformer.lister.list(),
      endpointSlices: sliceInformer.lister.list(),
      podCidr: options.podCidr ?? nodeInformer.lister.get(nodeName)?.spec?.podCIDR,
      options: options.rules,
    });
  const loop = createSyncLoop(
    deps,
    { minPauseMs: minSyncMs, resyncMs, what: 'make Services work' },
    async (isResync) => {
      await rules.keep(wantedRules(), isResync);
      await routes?.keep(nodeRoutes({ nodes: nodeInformer.lister.list(), self: nodeName }), isResync);
    },
  );

  return {
    metrics: rules.metrics,
    async start() {
      await Promise.all([serviceInformer.whenSynced(), sliceInformer.whenSynced(), nodeInformer.whenSynced()]);
      const changed = { added: loop.request, updated: loop.request, deleted: loop.request };
      leave.push(serviceInformer.subscribe(changed), sliceInformer.subscribe(changed));
      // Heartbeats change nodes all the time; only what the rules and routes are made of counts.
      leave.push(
        nodeInformer.subscribe({
          added: loop.request,
          deleted: loop.request,
          updated(node, old) {
            const same = old.spec?.podCIDR === node.spec?.podCIDR && addressesOf(old) === addressesOf(node);
            if (!same) loop.request();
          },
        }),
      );
      loop.request();
      await loop.whenDone();
    },
    async stop() {
      for (const each of leave.splice(0)) each();
      await loop.stop();
    },
  };
}

function addressesOf(node: {
  readonly status?: { readonly addresses?: readonly { address: string }[] | undefined } | undefined;
}): string {
  return (node.status?.addresses ?? []).map(({ address }) => address).join();
}
