import { CodedError } from '@trireme/base';
import type { Node } from '@trireme/schema/types/core/v1';
import { adminTransport, getJson } from '../../admin-client.ts';
import type { ClusterSpec } from '../../cluster-spec.ts';
import { type Home, homeOf } from '../../home.ts';
import { readProcessTable } from '../../supervise/process-table.ts';
import type { MemberReport } from '../status/cluster-status.ts';

const pollMs = 50;
const answerTimeoutMs = 1000;

/** Resolves when every member says that it is ready. */
export async function waitForMembers(
  spec: ClusterSpec,
  deadlineMs: number,
  note: (text: string) => void,
): Promise<void> {
  const home = homeOf(spec.name);
  const transports = spec.members.map((member) =>
    adminTransport(home.adminKubeconfig, `https://127.0.0.1:${member.apiPort}`),
  );
  try {
    await pollUntil(deadlineMs, 'members', spec.name, async () => {
      const reports = await Promise.all(
        transports.map((transport) => getJson<MemberReport>(transport, '/trireme/v1/status', answerTimeoutMs)),
      );
      const ready = reports.filter((report) => report?.ready).length;
      note(`${ready} of ${spec.members.length}${troubles(home, 'server')}`);
      return ready === spec.members.length;
    });
  } finally {
    for (const transport of transports) await transport.close?.();
  }
}

/**
 * Resolves when every node's Ready condition is True, and was said to be since `sinceMs` (wall time): what a kubelet said
 * before it was stopped does not count.
 */
export async function waitForNodes(
  spec: ClusterSpec,
  sinceMs: number,
  deadlineMs: number,
  note: (text: string) => void,
): Promise<void> {
  const home = homeOf(spec.name);
  const transport = adminTransport(home.adminKubeconfig);
  try {
    await pollUntil(deadlineMs, 'nodes', spec.name, async () => {
      const list = await getJson<{ items: readonly Node[] }>(transport, '/api/v1/nodes', answerTimeoutMs);
      const ready = new Set(
        (list?.items ?? []).filter((node) => isReady(node, sinceMs)).map((node) => node.metadata.name),
      );
      const count = spec.nodes.filter((node) => ready.has(node.name)).length;
      note(`${count} of ${spec.nodes.length}${troubles(home, 'agent')}`);
      return count === spec.nodes.length;
    });
  } finally {
    await transport.close?.();
  }
}

/** ', agent-1 keeps ending (exit 1)' for what dies again and again, so that nobody waits for it without knowing. */
function troubles(home: Home, kind: 'server' | 'agent'): string {
  const dying = (readProcessTable(home.daemonTable)?.processes ?? []).filter(
    ({ name, quickDeaths }) => name.startsWith(kind) && quickDeaths > 2,
  );
  return dying.map(({ name, lastEnd }) => `, ${name} keeps ending (${lastEnd})`).join('');
}

function isReady(node: Node, sinceMs: number): boolean {
  const ready = node.status?.conditions?.find((condition) => condition.type === 'Ready');
  // The API's times are whole seconds.
  return ready?.status === 'True' && Date.parse(ready.lastHeartbeatTime ?? '') >= Math.floor(sinceMs / 1000) * 1000;
}

async function pollUntil(deadlineMs: number, what: string, name: string, check: () => Promise<boolean>): Promise<void> {
  while (!(await check())) {
    if (performance.now() > deadlineMs) {
      throw new CodedError(
        'timeout',
        `the ${what} are not ready in time; they go on trying. Look at: ./trireme status --name ${name}, and ./trireme logs ${what === 'members' ? 'server' : 'agent'} --name ${name}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}
