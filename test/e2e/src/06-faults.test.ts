import type { Deployment } from '@trireme/schema/types/apps/v1';
import type { Node, Pod } from '@trireme/schema/types/core/v1';
import { beforeAll, describe, expect, it } from 'vitest';
import { applyHello, clusterName, eventually, getJson, trireme } from './run.ts';
import { startWriters } from './writers.ts';

interface Status {
  readonly members: readonly { readonly ordinal: number; readonly leader: boolean; readonly state: string }[];
  readonly processes: readonly {
    readonly name: string;
    readonly pid?: number;
    readonly state: string;
    readonly restarts: number;
  }[];
}

const status = async (): Promise<Status> =>
  JSON.parse((await trireme(['status', '--name', clusterName, '-o', 'json'])).stdout) as Status;

const pidOf = async (name: string): Promise<number> => {
  const found = (await status()).processes.find((process) => process.name === name);
  if (!found?.pid) throw new Error(`no process ${name} is running`);
  return found.pid;
};

const allHelloReady = async (): Promise<true | undefined> => {
  const deployment = await getJson<Deployment>('deployment', 'hello');
  const pods = (await getJson<{ items: readonly Pod[] }>('pods', '-l', 'app=hello')).items;
  const ready = pods.filter((pod) =>
    pod.status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True'),
  );
  return ready.length === 3 && deployment.status?.readyReplicas === 3 ? true : undefined;
};

describe.skipIf(process.env.E2E_SKIP)('faults', () => {
  beforeAll(applyHello);

  it('kill -9 of the leader in a storm of writes loses no acknowledged write', { timeout: 180_000 }, async () => {
    const writers = startWriters({ clients: 10, durationMs: 30_000 });
    await new Promise((resolve) => setTimeout(resolve, 8000));
    const leader = (await status()).members.find((member) => member.leader);
    const pid = await pidOf(`server-${leader?.ordinal}`);
    const killedAtMs = performance.now();
    process.kill(pid, 'SIGKILL');
    const outcome = await writers.done;
    expect(outcome.acknowledged.length).toBeGreaterThan(500);
    expect(outcome.lost).toEqual([]);
    const resumedMs = outcome.firstAcknowledgedAfter(killedAtMs) - killedAtMs;
    console.log(
      `${outcome.acknowledged.length} writes acknowledged; the longest pause was ${outcome.longestPauseMs.toFixed(0)} ms`,
    );
    expect(resumedMs).toBeLessThan(3000);
    expect(outcome.longestPauseMs).toBeLessThan(3000);
    await eventually('all members ready again', 60_000, async () =>
      (await status()).members.every((member) => member.state === 'ready') ? true : undefined,
    );
    await eventually('all pods ready', 60_000, allHelloReady);
  });

  it('kill -9 of a kubelet touches no container', async () => {
    const startsOf = async (): Promise<unknown> =>
      (await getJson<{ items: readonly Pod[] }>('pods', '-l', 'app=hello')).items
        .map((pod) => [
          pod.metadata.name,
          pod.status?.containerStatuses?.[0]?.containerID,
          pod.status?.containerStatuses?.[0]?.restartCount,
        ])
        .sort();
    const before = await startsOf();
    process.kill(await pidOf('agent-1'), 'SIGKILL');
    await eventually('the kubelet is back', 60_000, async () => {
      const found = (await status()).processes.find((each) => each.name === 'agent-1');
      return found?.state === 'running' && found.restarts > 0 ? true : undefined;
    });
    await eventually('node Ready', 90_000, nodesReady);
    await eventually('all pods ready', 90_000, allHelloReady);
    expect(await startsOf()).toEqual(before);
  });

  it("kill -9 of one node's containerd, and every pod is Ready again", async () => {
    process.kill(await pidOf('node-2/containerd'), 'SIGKILL');
    await eventually('containerd is back', 60_000, async () => {
      const found = (await status()).processes.find((each) => each.name === 'node-2/containerd');
      return found?.state === 'running' && found.restarts > 0 ? true : undefined;
    });
    await eventually('nodes Ready', 90_000, nodesReady);
    await eventually('all pods ready', 90_000, allHelloReady);
  });
});

async function nodesReady(): Promise<true | undefined> {
  const nodes = (await getJson<{ items: readonly Node[] }>('nodes')).items;
  const ready = nodes.filter((node) =>
    node.status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True'),
  );
  return ready.length === 2 ? true : undefined;
}
