import { statSync } from 'node:fs';
import type { FaultName } from '../faults/registry.ts';
import type { Site } from '../yard/site.ts';
import { type Arena, openArena } from './arena.ts';
import type { Report } from './report.ts';

/** What the process in the clients' namespace is told, and what it tells. */
export type Order =
  | { readonly type: 'open'; readonly site: Site; readonly verbose: boolean }
  | { readonly type: 'run'; readonly fault: FaultName; readonly seconds: number }
  | { readonly type: 'close' };
export type Answer =
  | { readonly type: 'opened' | 'closed' }
  | { readonly type: 'report'; readonly report: Report }
  | { readonly type: 'failed'; readonly reason: string };

let arena: Arena | undefined;

async function obey(order: Order): Promise<Answer> {
  switch (order.type) {
    case 'open': {
      requireNamespace(order.site.clientNamespace);
      const print = (line: string): void => void (order.verbose && process.stderr.write(`${line}\n`));
      arena = await openArena(order.site, print);
      return { type: 'opened' };
    }
    case 'run':
      if (!arena) throw new Error('the arena is not open');
      return { type: 'report', report: await arena.run(order.fault, { seconds: order.seconds }) };
    case 'close':
      await arena?.close();
      return { type: 'closed' };
  }
}

/** Nothing may be sent from anywhere else: outside of its namespace a packet to a member could leave the machine. */
function requireNamespace(name: string): void {
  const [here, there] = [statSync('/proc/self/ns/net').ino, statSync(`/run/netns/${name}`).ino];
  if (here !== there) throw new Error(`this process is not in the namespace ${name}`);
}

process.on('message', (order: Order) => {
  obey(order).then(
    (answer) => process.send?.(answer),
    (error: unknown) =>
      process.send?.({
        type: 'failed',
        reason: error instanceof Error ? (error.stack ?? error.message) : String(error),
      }),
  );
});
// Who started this is gone: what it started goes too, and the rest is cleared as a ruin by the next.
process.on('disconnect', () => {
  const end = (): never => process.exit(1);
  (arena?.close() ?? Promise.resolve()).then(end, end);
});
