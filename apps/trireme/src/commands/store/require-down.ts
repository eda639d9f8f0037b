import { CodedError } from '@trireme/base';
import type { Home } from '../../home.ts';
import { isAlive } from '../../supervise/process-identity.ts';
import { readProcessTable } from '../../supervise/process-table.ts';

/** What changes a cluster's data needs it to be down, or the two would get in each other's way. */
export function requireDown(home: Home, clusterName: string): void {
  const running = readProcessTable(home.daemonTable)?.supervisor;
  if (!running || !isAlive(running.pid, running.startMark)) return;
  throw new CodedError(
    'cluster-runs',
    `change the data of ${clusterName}: it runs. Take it down first: ./trireme down --name ${clusterName}`,
  );
}
