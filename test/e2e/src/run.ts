import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../../..');
export const clusterName = 'e2e';

export interface Done {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

const defaultTimeoutMs = 60_000;

/** Runs a program to its end. Past its time it is killed, and its code is null. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Done> {
  return new Promise((resolve, reject) => {
    const child = start(command, args, options.env);
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? defaultTimeoutMs);
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code, stdout, stderr });
    });
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.input ?? '');
  });
}

export function start(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProcess {
  return spawn(command, args, { cwd: root, env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
}

export function trireme(args: readonly string[], options: RunOptions = {}): Promise<Done> {
  return run('./trireme', args, options);
}

/** The kubectl that the product chose, started directly: faster than through ./trireme, and just what a person types. */
export function kubectl(args: readonly string[], options: RunOptions = {}): Promise<Done> {
  return run(env('E2E_KUBECTL'), args, { ...options, env: { KUBECONFIG: env('E2E_KUBECONFIG'), ...options.env } });
}

export function startKubectl(args: readonly string[]): ChildProcess {
  return start(env('E2E_KUBECTL'), args, { KUBECONFIG: env('E2E_KUBECONFIG') });
}

/** Runs kubectl, fails the test where it fails, and returns what it printed. */
export async function mustKubectl(args: readonly string[], options: RunOptions = {}): Promise<string> {
  const done = await kubectl(args, options);
  if (done.code !== 0)
    throw new Error(`kubectl ${args.join(' ')} exited with ${done.code}:\n${done.stderr}${done.stdout}`);
  return done.stdout;
}

export async function getJson<T>(...args: readonly string[]): Promise<T> {
  return JSON.parse(await mustKubectl(['get', ...args, '-o', 'json'])) as T;
}

/** Asks again and again until the answer is there; fails with what was wrong at the end. */
export async function eventually<T>(what: string, limitMs: number, ask: () => Promise<T | undefined>): Promise<T> {
  const deadlineMs = performance.now() + limitMs;
  let last: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
      last = 'not yet';
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadlineMs) throw new Error(`${what}: not within ${limitMs} ms`, { cause: last });
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The example's three web servers, ready. Files that need them ask for them, so that each file can run alone. */
export async function applyHello(): Promise<void> {
  await mustKubectl(['apply', '-f', 'examples/hello.yaml']);
  await mustKubectl(['rollout', 'status', 'deployment/hello', '--timeout=90s'], { timeoutMs: 100_000 });
}

function env(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: the global setup did not run`);
  return value;
}
