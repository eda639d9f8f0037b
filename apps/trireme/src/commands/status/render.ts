import { formatBytes, formatDuration, formatTable } from '../../tables.ts';
import type { ClusterStatus } from './cluster-status.ts';

export function renderStatus(status: ClusterStatus, nowMs: number): string {
  const members = formatTable(
    ['MEMBER', 'ADDRESS', 'STATE', 'LEADER', 'TERM', 'REVISION', 'DATA'],
    status.members.map((member) => [
      member.name,
      member.address,
      member.state,
      member.leader ? 'yes' : '',
      String(member.term ?? ''),
      String(member.revision ?? ''),
      member.dataBytes === undefined ? '' : formatBytes(member.dataBytes),
    ]),
  );
  const nodes = formatTable(
    ['NODE', 'STATE', 'ADDRESS', 'POD-CIDR', 'PODS'],
    status.nodes.map((node) => [
      node.name,
      node.ready ? 'Ready' : 'NotReady',
      node.address,
      node.podCidr,
      String(node.pods),
    ]),
  );
  const processes = formatTable(
    ['PROCESS', 'STATE', 'PID', 'MEMORY', 'AGE', 'RESTARTS', 'LAST-END'],
    status.processes.map((process) => [
      process.name,
      process.state,
      String(process.pid ?? ''),
      process.memoryBytes === undefined ? '' : formatBytes(process.memoryBytes),
      process.startedAtMs === undefined ? '' : formatDuration(nowMs - process.startedAtMs),
      String(process.restarts),
      process.lastEnd ?? '',
    ]),
  );
  const simulated = status.runtime === 'simulated' ? '\nThe nodes are simulated: nothing really runs on them.\n' : '';
  return `Cluster ${status.name} at ${status.server}\n${simulated}\n${members}\n\n${nodes}\n\n${processes}\n`;
}
