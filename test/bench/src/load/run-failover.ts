import { now } from './closed-loops.ts';
import { type Call, type Connection, connectGrpc, type Endpoint } from './connection.ts';
import { putRequest, valueBytes } from './etcd-requests.ts';
import type { Job, JobResult } from './jobs.ts';
import { createNumbers } from './numbers.ts';
import { createTemplate, type Template } from './template.ts';
import { sleep } from './window.ts';

type FailoverJob = Extract<Job, { type: 'failover' }>;

const quietMs = 300;
/**
 * How often every surviving member is asked. A new put each time, since what was asked while there was no leader may be held,
 * or lost with the old one, for longer than the failover takes.
 */
const everyMs = 10;

/** Kills the leader, and says how long it took until a put that began after it was acknowledged. */
export async function runFailover(job: FailoverJob): Promise<JobResult> {
  const survivors = await Promise.all(
    job.survivors.map(async (endpoint) => ({ endpoint, connection: await connectGrpc(endpoint, now) })),
  );
  let killedMs = Number.POSITIVE_INFINITY;
  let acknowledgedMs: number | undefined;
  const onAcknowledged = (sentMs: number, nowMs: number): void => {
    if (sentMs > killedMs) acknowledgedMs ??= nowMs;
  };
  const ask = (): void => {
    for (const { endpoint, connection } of survivors) {
      connection.start(new Probe(endpoint, onAcknowledged));
      connection.flush();
    }
  };
  const timer = setInterval(ask, everyMs);
  try {
    await sleep(quietMs);
    process.kill(job.leaderPid, 'SIGKILL');
    killedMs = now();
    while (acknowledgedMs === undefined) {
      if (now() - killedMs > job.timeoutMs)
        throw new Error(`no put was acknowledged ${job.timeoutMs} ms after the leader's end`);
      await sleep(1);
    }
    return { elapsedMs: acknowledgedMs - killedMs };
  } finally {
    clearInterval(timer);
    closeAll(survivors);
  }
}

function closeAll(connected: readonly { readonly connection: Connection }[]): void {
  for (const { connection } of connected) connection.close();
}

class Probe implements Call {
  readonly template: Template;
  readonly #onAcknowledged: (sentMs: number, nowMs: number) => void;
  #sentMs = 0;

  constructor(endpoint: Endpoint, onAcknowledged: (sentMs: number, nowMs: number) => void) {
    const { path, message } = putRequest('failover', createNumbers(13).bytes(valueBytes));
    const scheme = endpoint.tls ? 'https' : 'http';
    this.template = createTemplate({ path, message, authority: `${endpoint.host}:${endpoint.port}`, scheme });
    this.#onAcknowledged = onAcknowledged;
  }

  fill(_out: Buffer, _messageAt: number, nowMs: number): void {
    this.#sentMs = nowMs;
  }

  onMessage(): void {
    // Whether it was done shows in the status.
  }

  onEnd(status: number, _message: string, nowMs: number): void {
    if (status === 0) this.#onAcknowledged(this.#sentMs, nowMs);
  }
}
