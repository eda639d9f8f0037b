import { spawn } from 'node:child_process';
import { CodedError } from '@trireme/base';
import type { Logger } from '@trireme/ports';

export type ToolErrorCode = 'nft-failed' | 'conntrack-failed' | 'ip-failed';

export interface ToolDeps {
  readonly logger: Logger;
  /** Put before every command: ['ip', 'netns', 'exec', 'x'] acts on another network namespace. Default none. */
  readonly prefix?: readonly string[] | undefined;
}

export interface ToolResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

// Debian keeps these programs in sbin, which a PATH may lack; their messages are matched, so they must be English.
const environment: NodeJS.ProcessEnv = {
  PATH: `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin`,
  LC_ALL: 'C',
};
const limitMs = 60_000;

/** Runs a program to its end. One that is not there answers with code 127, one that took too long with 137. */
export function runTool(deps: ToolDeps, argv: readonly string[], stdin = ''): Promise<ToolResult> {
  const [command = '', ...args] = [...(deps.prefix ?? []), ...argv];
  return new Promise((resolve) => {
    const child = spawn(command, args, { env: environment, timeout: limitMs, killSignal: 'SIGKILL' });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.on('error', (error) => resolve({ code: 127, stdout: '', stderr: error.message }));
    child.on('close', (code) =>
      resolve({ code: code ?? 137, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }),
    );
    // A program that ends before it has read everything says why on stderr.
    child.stdin.on('error', () => undefined);
    child.stdin.end(stdin);
  });
}

// A refused transaction repeats each line of the script; the first ones name the cause.
const quotedLength = 2000;

export function toolError(
  code: ToolErrorCode,
  action: string,
  argv: readonly string[],
  { code: exit, stderr }: ToolResult,
): CodedError<ToolErrorCode> {
  const said = stderr.trim().slice(0, quotedLength);
  const advice = exit === 127 ? ` Install ${argv[0]} and see that it is on the PATH.` : '';
  return new CodedError(code, `${action}: '${argv.join(' ')}' ended with ${exit}${said && `: ${said}`}.${advice}`);
}
