import { messageOf } from '@trireme/base';
import type { ConnectionTable, Logger, PacketFilter } from '@trireme/ports';
import { changeNft, type RuleSet, renderNft, staleConnections } from '@trireme/service-proxy';
import type { ProxyMetrics } from './create-proxy-host.ts';

export interface RuleKeeper {
  /** Makes the kernel's table `wanted`; with `compare`, even if others changed it. Throws what the kernel refused. */
  keep(wanted: RuleSet, compare: boolean): Promise<void>;
  metrics(): ProxyMetrics;
}

export interface RuleKeeperDeps {
  readonly nft: PacketFilter;
  readonly conntrack: ConnectionTable;
  readonly logger: Logger;
}

export function createRuleKeeper({ nft, conntrack, logger }: RuleKeeperDeps): RuleKeeper {
  /** What the kernel surely has; undefined where that is not known. */
  let applied: RuleSet | undefined;
  /** The last rules that were in force, for the connections made under them. */
  let lastInForce: RuleSet | undefined;
  /** The kernel's listing right after `applied` went in. */
  let listing = '';
  const metrics = { applied: 0, replaced: 0, refused: 0 };

  const replace = async (wanted: RuleSet): Promise<void> => {
    applied = undefined;
    try {
      await nft.apply(renderNft(wanted));
    } catch (error) {
      metrics.refused++;
      throw error;
    }
    metrics.applied++;
    metrics.replaced++;
  };
  const change = async (wanted: RuleSet): Promise<void> => {
    if (!applied) return replace(wanted);
    const script = changeNft(applied, wanted);
    if (script === '') return;
    try {
      await nft.apply(script);
      metrics.applied++;
    } catch (error) {
      metrics.refused++;
      logger.log('warn', 'the kernel refused a change of rules, replacing them all', { error: messageOf(error) });
      await replace(wanted);
    }
  };
  const forget = async (wanted: RuleSet): Promise<void> => {
    for (const filter of staleConnections(lastInForce, wanted)) {
      try {
        await conntrack.forget(filter);
      } catch (error) {
        // The rules are right already; an old connection ends by its own timeout.
        logger.log('warn', 'could not forget connections to an endpoint that is gone', { error: messageOf(error) });
      }
    }
  };

  return {
    metrics: () => ({ ...metrics }),
    async keep(wanted, compare) {
      if (compare && applied && (await nft.list()) !== listing) {
        logger.log('warn', 'the rules for Services were changed by someone else, replacing them');
        applied = undefined;
      }
      const before = metrics.applied;
      await change(wanted);
      applied = wanted;
      if (metrics.applied === before) return;
      await forget(wanted);
      lastInForce = wanted;
      listing = await nft.list();
    },
  };
}
