import type { ConnectionTable } from '@trireme/ports';
import { runTool, type ToolDeps, toolError } from './run-tool.ts';

/** The port `ConnectionTable` over the program conntrack. */
export function createConntrack(deps: ToolDeps): ConnectionTable {
  return {
    async forget(filter) {
      const argv = ['conntrack', '-D', ...filter];
      const result = await runTool(deps, argv);
      // It ends with 1 both when nothing matched and when it failed; only its count tells them apart.
      const counted = /(\d+) flow entries have been deleted/.exec(result.stderr);
      if (!counted) throw toolError('conntrack-failed', 'forget tracked connections', argv, result);
      if (counted[1] !== '0') deps.logger.log('debug', 'connections forgotten', { filter, count: Number(counted[1]) });
    },
  };
}
