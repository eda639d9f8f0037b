import { globSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import type { Node, Pod } from '@trireme/schema/types/core/v1';
import { adminTransport, getJson } from '../../admin-client.ts';
import type { ClusterSpec, MemberSpec } from '../../cluster-spec.ts';
import { type Home, homeOf, needSpec } from '../../home.ts';
import { isAlive, residentBytes } from '../../supervise/process-identity.ts';
import { type ProcessState, readProcessTable } from '../../supervise/process-table.ts';
import type { ClusterStatus, MemberReport, MemberStatus, NodeStatus, ProcessStatus } from './cluster-status.ts';

const answerTimeoutMs = 2000;

/** Asks every member and the API, and reads the supervisors' tables. Never throws for a part that is silent. */
export async function collectStatus(name: string): Promise<ClusterStatus> {
  const spec = needSpec(name);
  const home = homeOf(name);
  const [members, nodes] = await Promise.all([
    Promise.all(spec.members.map((member) => memberStatus(home, member))),
    nodeStatuses(home, spec),
  ]);
  return {
    name,
    runtime: spec.runtime,
    server: `https://127.0.0.1:${spec.port}`,
    etcdClient: home.etcdClient,
    members,
    nodes,
    processes: processStatuses(home),
  };
}

async function memberStatus(home: Home, member: MemberSpec): Promise<MemberStatus> {
  const address = `127.0.0.1:${member.apiPort}`;
  const etcd = member.etcdPort ? { etcd: `https://127.0.0.1:${member.etcdPort}` } : {};
  const known = { ordinal: member.ordinal, name: member.name, address, ...etcd };
  const transport = adminTransport(home.adminKubeconfig, `https://${address}`);
  const report = await getJson<MemberReport>(transport, '/trireme/v1/status', answerTimeoutMs);
  await transport.close?.();
  if (!report) return { ...known, state: 'silent', leader: false };
  return {
    ...known,
    state: report.ready ? 'ready' : 'starting',
    leader: report.leaderId !== '0' && report.leaderId === report.memberId,
    term: report.term,
    revision: report.revision,
    dataBytes: report.dataBytes,
    raftIndex: report.raftIndex,
  };
}

async function nodeStatuses(home: Home, spec: ClusterSpec): Promise<NodeStatus[]> {
  const transport = adminTransport(home.adminKubeconfig);
  const [nodes, pods] = await Promise.all([
    getJson<{ items: readonly Node[] }>(transport, '/api/v1/nodes', answerTimeoutMs),
    getJson<{ items: readonly Pod[] }>(transport, '/api/v1/pods', answerTimeoutMs),
  ]);
  await transport.close?.();
  const byName = new Map((nodes?.items ?? []).map((node) => [node.metadata.name, node]));
  const names = new Set([...spec.nodes.map((node) => node.name), ...byName.keys()]);
  return [...names].map((name) => {
    const node = byName.get(name);
    return {
      name,
      ready:
        node?.status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') ??
        false,
      address: node?.status?.addresses?.find((address) => address.type === 'InternalIP')?.address ?? '',
      podCidr: node?.spec?.podCIDR ?? '',
      pods: (pods?.items ?? []).filter((pod) => pod.spec.nodeName === name).length,
    };
  });
}

/** Every table under the cluster's folder: the daemon's own, and one per server and agent for what they keep. */
export function processStatuses(home: Home): ProcessStatus[] {
  const statuses: ProcessStatus[] = [];
  const daemon = readProcessTable(home.daemonTable);
  if (daemon) {
    const { pid, startMark, startedAtMs } = daemon.supervisor;
    statuses.push(
      statusOf('up', {
        name: 'up',
        state: 'running',
        pid,
        startMark,
        startedAtMs,
        restarts: 0,
        quickDeaths: 0,
        logFile: '',
      }),
    );
  }
  for (const state of daemon?.processes ?? []) statuses.push(statusOf(state.name, state));
  const inner = globSync('{members,nodes}/*/run/*.json', { cwd: home.directory }).sort();
  for (const file of inner) {
    const owner = ownerOf(relative('', file));
    for (const state of readProcessTable(join(home.directory, file))?.processes ?? []) {
      statuses.push(statusOf(`${owner}/${state.name}`, state));
    }
  }
  return statuses;
}

/** 'members/2/run/server.json' -> 'server-2'; 'nodes/node-1/run/agent.json' -> 'node-1' */
function ownerOf(file: string): string {
  const [kind, name] = file.split('/');
  return kind === 'members' ? `server-${name}` : basename(name ?? file);
}

function statusOf(name: string, state: ProcessState): ProcessStatus {
  const { pid, startMark } = state;
  const alive = pid !== undefined && startMark !== undefined && isAlive(pid, startMark);
  const known = { name, restarts: state.restarts, ...(state.lastEnd ? { lastEnd: state.lastEnd } : {}) };
  if (!alive) return { ...known, state: state.state === 'running' ? 'dead' : state.state };
  const memoryBytes = residentBytes(pid);
  return {
    ...known,
    state: 'running',
    pid,
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
    ...(state.startedAtMs === undefined ? {} : { startedAtMs: state.startedAtMs }),
  };
}
