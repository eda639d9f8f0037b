import type { PacketFilter } from '@trireme/ports';
import { runTool, type ToolDeps, toolError } from './run-tool.ts';
import { withoutDynamicElements } from './without-dynamic-elements.ts';

export interface NftablesOptions {
  /** Default ip. */
  readonly family?: 'ip' | 'ip6' | undefined;
  /** The table that `list` shows. Default trireme. */
  readonly table?: string | undefined;
}

/** The port `PacketFilter` over the program nft. */
export function createNftables(deps: ToolDeps, options: NftablesOptions = {}): PacketFilter {
  const { family = 'ip', table = 'trireme' } = options;
  return {
    async apply(script) {
      const argv = ['nft', '-f', '-'];
      const result = await runTool(deps, argv, script);
      if (result.code !== 0) throw toolError('nft-failed', 'change the packet filter', argv, result);
      deps.logger.log('debug', 'packet filter changed', { lines: script.split('\n').length });
    },
    async list() {
      const argv = ['nft', '--stateless', '--numeric', 'list', 'table', family, table];
      const result = await runTool(deps, argv);
      if (result.code === 0) return withoutDynamicElements(result.stdout);
      if (result.stderr.includes('No such file or directory')) return '';
      throw toolError('nft-failed', 'read the packet filter', argv, result);
    },
  };
}
