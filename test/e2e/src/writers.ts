import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { type Access, send } from './send.ts';

/** What became of the writes. Times are of `performance.now()`. */
export interface Outcome {
  readonly acknowledged: readonly string[];
  /** Acknowledged, and not there afterwards with the value that was acknowledged. */
  readonly lost: readonly string[];
  readonly longestPauseMs: number;
  firstAcknowledgedAfter(atMs: number): number;
}

/** Clients that create ConfigMaps as fast as they are answered, each with its own connection, for a bounded time. */
export function startWriters(options: { readonly clients: number; readonly durationMs: number }): {
  readonly done: Promise<Outcome>;
} {
  const access = readAccess();
  const endMs = performance.now() + options.durationMs;
  const acknowledged: { readonly name: string; readonly atMs: number }[] = [];
  const write = async (client: number): Promise<void> => {
    let agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let i = 0; performance.now() < endMs; i++) {
      const name = `storm-${client}-${i}`;
      const status = await send(access, agent, 'POST', '/api/v1/namespaces/default/configmaps', {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name, labels: { storm: 'yes' } },
        data: { value: name },
      }).then(
        (answer) => answer.status,
        () => 0,
      );
      if (status === 201) acknowledged.push({ name, atMs: performance.now() });
      else {
        // The connection may lead to the dead: the next write takes a new one.
        agent.destroy();
        agent = new Agent({ keepAlive: true, maxSockets: 1 });
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
    agent.destroy();
  };
  const writers = Array.from({ length: options.clients }, (_, client) => write(client));
  return { done: Promise.all(writers).then(() => judge(access, acknowledged)) };
}

/** A list of all that was written takes longer than a write may. */
const judgeTimeoutMs = 60_000;

async function judge(
  access: Access,
  acknowledged: readonly { readonly name: string; readonly atMs: number }[],
): Promise<Outcome> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const list = await send(
    access,
    agent,
    'GET',
    '/api/v1/namespaces/default/configmaps?labelSelector=storm%3Dyes',
    undefined,
    judgeTimeoutMs,
  );
  const there = new Map(
    (JSON.parse(list.body) as { items: readonly { metadata: { name: string }; data: { value: string } }[] }).items.map(
      (item) => [item.metadata.name, item.data.value],
    ),
  );
  await send(
    access,
    agent,
    'DELETE',
    '/api/v1/namespaces/default/configmaps?labelSelector=storm%3Dyes',
    undefined,
    judgeTimeoutMs,
  );
  agent.destroy();
  const times = acknowledged.map((each) => each.atMs).sort((a, b) => a - b);
  return {
    acknowledged: acknowledged.map((each) => each.name),
    lost: acknowledged.map((each) => each.name).filter((name) => there.get(name) !== name),
    longestPauseMs: Math.max(0, ...times.slice(1).map((time, index) => time - (times[index] ?? time))),
    firstAcknowledgedAfter: (atMs) => times.find((time) => time > atMs) ?? Number.POSITIVE_INFINITY,
  };
}

function readAccess(): Access {
  const config = JSON.parse(readFileSync(process.env.E2E_KUBECONFIG ?? '', 'utf8')) as {
    clusters: [{ cluster: Record<string, string> }];
    users: [{ user: Record<string, string> }];
  };
  const decode = (text: string | undefined): Buffer => Buffer.from(text ?? '', 'base64');
  const [{ cluster }] = config.clusters;
  const [{ user }] = config.users;
  return {
    server: cluster.server ?? '',
    ca: decode(cluster['certificate-authority-data']),
    cert: decode(user['client-certificate-data']),
    key: decode(user['client-key-data']),
  };
}
