import { connectAll, now } from './closed-loops.ts';
import { type Call, type Connection, connectGrpc, type Endpoint } from './connection.ts';
import { lookAtWatch, type WatchSeen } from './etcd-answers.ts';
import { putRequest, valueBytes, watchRequest } from './etcd-requests.ts';
import { Histogram } from './histogram.ts';
import type { Job, JobResult } from './jobs.ts';
import { createNumbers } from './numbers.ts';
import { createTemplate, type Template } from './template.ts';
import { type Counts, measureWindow, sleep } from './window.ts';

type WatchJob = Extract<Job, { type: 'watch' }>;

const fanKey = 'fan-out';
const createMs = 20_000;
const drainMs = 10_000;
/** How many puts may be on their way before the oldest's time is forgotten. */
const remembered = 65_536;

/** What the watchers of one run share. */
class FanRun implements Counts {
  readonly latency = new Histogram();
  readonly sentMs = new Float64Array(remembered);
  readonly watchers: number;
  errors = 0;
  counting = false;
  stopping = false;
  created = 0;
  /** The number of the last put, and how many watchers have it. */
  sequence = 0;
  seenLast = 0;
  failure: Error | undefined;
  onAllSeen: () => void = () => undefined;

  constructor(watchers: number) {
    this.watchers = watchers;
  }

  fail(problem: string): void {
    this.failure ??= new Error(problem);
    this.stopping = true;
  }
}

const seen: WatchSeen = { created: false, canceled: false };

class Watcher implements Call {
  readonly template: Template;
  readonly #run: FanRun;
  #last = 0;

  constructor(run: FanRun, template: Template) {
    this.#run = run;
    this.template = template;
  }

  fill(): void {
    // Every watcher asks for the same.
  }

  onMessage(bytes: Buffer, start: number, end: number, nowMs: number): void {
    const run = this.#run;
    lookAtWatch(bytes, start, end, seen, (valueAt) => this.#event(bytes.readUInt32BE(valueAt), nowMs));
    if (seen.canceled) run.fail('a watch was cancelled by the server');
    if (seen.created) run.created += 1;
  }

  #event(sequence: number, nowMs: number): void {
    const run = this.#run;
    // Each change once, in order, without a gap: which a fast server must not buy its speed with.
    if (sequence !== this.#last + 1) run.fail(`a watcher saw change ${sequence} after change ${this.#last}`);
    this.#last = sequence;
    if (run.counting) run.latency.record(nowMs - (run.sentMs[sequence % remembered] as number));
    if (sequence === run.sequence && ++run.seenLast === run.watchers) run.onAllSeen();
  }

  onEnd(status: number, message: string): void {
    if (!this.#run.stopping) this.#run.fail(`a watch ended with status ${status}: ${message}`);
  }
}

class Writer implements Call {
  readonly template: Template;
  readonly #run: FanRun;
  readonly #connection: Connection;
  readonly #valueAt: number;

  constructor(run: FanRun, connection: Connection, endpoint: Endpoint) {
    const { path, message, valueAt } = putRequest(fanKey, createNumbers(11).bytes(valueBytes));
    this.template = createTemplate({ path, message, ...origin(endpoint) });
    this.#run = run;
    this.#connection = connection;
    this.#valueAt = valueAt;
  }

  put(): void {
    if (this.#run.stopping) return;
    this.#connection.start(this);
    this.#connection.flush();
  }

  fill(out: Buffer, messageAt: number, nowMs: number): void {
    const run = this.#run;
    run.sequence += 1;
    run.seenLast = 0;
    run.sentMs[run.sequence % remembered] = nowMs;
    out.writeUInt32BE(run.sequence, messageAt + this.#valueAt);
  }

  onMessage(): void {
    // The watchers tell that it was done.
  }

  onEnd(status: number, message: string): void {
    if (status !== 0 && !this.#run.stopping) this.#run.fail(`a put failed with status ${status}: ${message}`);
  }
}

/** Many watchers of one key, and one client that puts it. An operation is a delivery; its latency counts from the put. */
export async function runWatch(job: WatchJob): Promise<JobResult> {
  const run = new FanRun(job.watchers);
  const connected = await connectAll(job.endpoints, job.watchers);
  const leader = job.endpoints[0] as Endpoint;
  const connection = await connectGrpc(leader, now);
  const all = [connection, ...connected.map((each) => each.connection)];
  const writer = new Writer(run, connection, leader);
  let timer: NodeJS.Timeout | undefined;
  try {
    await createWatchers(run, connected);
    if (job.putsPerSecond === undefined) {
      run.onAllSeen = () => writer.put();
      writer.put();
    } else timer = setInterval(() => writer.put(), 1000 / job.putsPerSecond);
    const measurement = await measureWindow(job, job, run);
    clearInterval(timer);
    run.onAllSeen = () => undefined;
    await until(() => run.seenLast === run.watchers, drainMs, run, 'deliver the last changes to every watcher');
    if (measurement.operations === 0) throw new Error('watch: nothing was delivered');
    return { measurement };
  } finally {
    clearInterval(timer);
    run.stopping = true;
    for (const each of all) each.close();
  }
}

async function createWatchers(run: FanRun, connected: Awaited<ReturnType<typeof connectAll>>): Promise<void> {
  for (let index = 0; index < run.watchers; index++) {
    const lane = connected[index % connected.length];
    if (!lane) continue;
    const { path, message } = watchRequest(fanKey);
    lane.connection.start(new Watcher(run, createTemplate({ path, message, open: true, ...origin(lane.endpoint) })));
  }
  for (const { connection } of connected) connection.flush();
  await until(() => run.created === run.watchers, createMs, run, `create ${run.watchers} watchers`);
}

function origin({ host, port, tls }: Endpoint): { readonly authority: string; readonly scheme: 'http' | 'https' } {
  return { authority: `${host}:${port}`, scheme: tls ? 'https' : 'http' };
}

async function until(done: () => boolean, limitMs: number, run: FanRun, what: string): Promise<void> {
  const untilMs = now() + limitMs;
  while (!done()) {
    if (run.failure) throw run.failure;
    if (now() > untilMs) throw new Error(`${what}: not done in ${limitMs} ms`);
    await sleep(5);
  }
  if (run.failure) throw run.failure;
}
