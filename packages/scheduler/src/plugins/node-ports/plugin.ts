import type { ContainerPort } from '@trireme/schema/types/core/v1';
import { hostPortsOf } from '../../framework/node-info.ts';
import { definePlugin } from '../../framework/plugin.ts';

/** Two pods cannot have the same host port on one node; 0.0.0.0 clashes with every address. */
export const nodePorts = definePlugin({
  name: 'NodePorts',
  filter: (pod, node) => {
    const wanted = hostPortsOf(pod);
    if (wanted.length === 0) return undefined;
    const clash = wanted.some((port) => isUsed(port, node.usedPorts));
    return clash
      ? { reasons: ["node(s) didn't have free ports for the requested pod ports"], unresolvable: false }
      : undefined;
  },
});

function isUsed(port: ContainerPort, used: ReadonlySet<string>): boolean {
  const protocol = port.protocol ?? 'TCP';
  const anyAddress = !port.hostIP || port.hostIP === '0.0.0.0';
  for (const key of used) {
    const [usedProtocol, address, number] = key.split('/');
    if (usedProtocol !== protocol || Number(number) !== port.hostPort) continue;
    if (anyAddress || address === '0.0.0.0' || address === port.hostIP) return true;
  }
  return false;
}
