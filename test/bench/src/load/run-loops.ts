import { connectAll, LoopClient, LoopRun, now, operationsOf } from './closed-loops.ts';
import type { Connection } from './connection.ts';
import type { Job, JobResult, LoopWork, Target } from './jobs.ts';
import { measureWindow, sleep } from './window.ts';

const drainMs = 5_000;

type LoopsJob = Extract<Job, { type: 'loops' }>;
type FillJob = Extract<Job, { type: 'fill' }>;

/** Clients in closed loops for a while. */
export async function runLoops(job: LoopsJob): Promise<JobResult> {
  const run = new LoopRun(job.keys, 0x5eed + job.clients);
  const connections = await startClients(run, job, job.work, job.clients);
  try {
    const measurement = await measureWindow(job, job, run);
    run.stopping = true;
    await drain(connections);
    if (run.failure) throw run.failure;
    // Errors that were few are told with the row; where nothing else came there is no row.
    if (measurement.operations === 0) throw new Error(`no call was answered. ${run.firstError || 'Nor did any fail.'}`);
    return { measurement: { ...measurement, errors: run.errors } };
  } finally {
    for (const connection of connections) connection.close();
  }
}

/** Every key put once. */
export async function runFill(job: FillJob): Promise<JobResult> {
  const run = new LoopRun(job.keys, 1);
  run.nextKey = 0;
  const startMs = now();
  const connections = await startClients(run, job, 'put', job.clients);
  try {
    while (connections.some((connection) => connection.openCalls > 0) && !run.failure) {
      if (now() - startMs > job.timeoutMs) throw new Error(`put ${job.keys} keys: not done in ${job.timeoutMs} ms`);
      await sleep(5);
    }
    if (run.failure) throw run.failure;
    if (run.errors > 0) throw new Error(`put ${job.keys} keys: ${run.errors} failed, the first with ${run.firstError}`);
    return { elapsedMs: now() - startMs };
  } finally {
    run.stopping = true;
    for (const connection of connections) connection.close();
  }
}

async function startClients(run: LoopRun, target: Target, work: LoopWork, clients: number): Promise<Connection[]> {
  const connected = await connectAll(target.endpoints, clients);
  const lanes = connected.map(({ connection, endpoint }) => ({ connection, operations: operationsOf(work, endpoint) }));
  for (let index = 0; index < clients; index++) {
    const lane = lanes[index % lanes.length];
    if (lane) new LoopClient(run, lane.connection, lane.operations).next();
  }
  for (const { connection } of connected) connection.flush();
  return connected.map(({ connection }) => connection);
}

async function drain(connections: readonly Connection[]): Promise<void> {
  const untilMs = now() + drainMs;
  while (connections.some((connection) => connection.openCalls > 0)) {
    if (now() > untilMs) throw new Error(`calls were still unanswered ${drainMs} ms after the load had ended`);
    await sleep(5);
  }
}
