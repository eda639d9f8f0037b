import { equalJson, messageOf } from '@trireme/base';
import type { Logger, NodeRoute, RouteTable } from '@trireme/ports';

export interface RouteKeeper {
  /** Makes our routes exactly `wanted`; looks at the kernel only where `wanted` is new, or with `compare`. */
  keep(wanted: readonly NodeRoute[], compare: boolean): Promise<void>;
}

export function createRouteKeeper(routes: RouteTable, logger: Logger): RouteKeeper {
  let kept: readonly NodeRoute[] | undefined;
  return {
    async keep(wanted, compare) {
      if (!compare && kept && equalJson(kept, wanted)) return;
      kept = undefined;
      const there = new Map((await routes.list()).map((route) => [route.cidr, route]));
      let failed = 0;
      for (const route of wanted) {
        const known = there.get(route.cidr);
        there.delete(route.cidr);
        if (known?.via === route.via) continue;
        // One node that cannot be reached must not keep the others from each other.
        await routes.replace(route).catch((error: unknown) => {
          failed++;
          logger.log('warn', 'could not make the route to a node', { ...route, error: messageOf(error) });
        });
      }
      for (const route of there.values()) await routes.remove(route);
      if (failed > 0) throw new Error(`${failed} of ${wanted.length} routes to other nodes could not be made`);
      kept = wanted;
    },
  };
}
