import type { NodeRoute, RouteTable } from '@trireme/ports';
import { runTool, type ToolDeps, type ToolResult, toolError } from './run-tool.ts';

export interface RoutesOptions {
  /** The origin that the kernel keeps with each route, 1 to 255, and by which ours are known. Default 84. */
  readonly protocol?: number | undefined;
}

/** Free in iproute2's list of origins (rt_protos). */
const defaultProtocol = 84;

/** The port `RouteTable` over the program ip. */
export function createRoutes(deps: ToolDeps, options: RoutesOptions = {}): RouteTable {
  const protocol = String(options.protocol ?? defaultProtocol);
  const run = async (args: readonly string[], action: string, tolerates?: string): Promise<ToolResult> => {
    const argv = ['ip', ...args];
    const result = await runTool(deps, argv);
    if (result.code === 0 || (tolerates && result.stderr.includes(tolerates))) return result;
    throw toolError('ip-failed', action, argv, result);
  };
  return {
    async list() {
      const args = ['-4', '-j', '-N', 'route', 'show', 'table', 'main', 'proto', protocol];
      return parseRoutes((await run(args, 'read the routes')).stdout);
    },
    async replace({ cidr, via }) {
      await run(['-4', 'route', 'replace', cidr, 'via', via, 'proto', protocol], `make the route to ${cidr}`);
    },
    async remove({ cidr, via }) {
      const args = ['-4', 'route', 'del', cidr, 'via', via, 'proto', protocol];
      await run(args, `remove the route to ${cidr}`, 'No such process');
    },
  };
}

function parseRoutes(text: string): readonly NodeRoute[] {
  const shown: unknown = JSON.parse(text.trim() === '' ? '[]' : text);
  if (!Array.isArray(shown)) return [];
  return shown.flatMap((route: { readonly dst?: unknown; readonly gateway?: unknown }) => {
    const { dst, gateway } = route;
    if (typeof dst !== 'string' || typeof gateway !== 'string') return [];
    return [{ cidr: dst.includes('/') || dst === 'default' ? dst : `${dst}/32`, via: gateway }];
  });
}
