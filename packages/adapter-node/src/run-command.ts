import { spawn } from 'node:child_process';
import { CodedError } from '@trireme/base';

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly stdin?: string | undefined;
  /** Default 30 s; then it is killed. */
  readonly timeoutMs?: number | undefined;
}

// Debian keeps ip, nft and runc in sbin, which a user's PATH may lack; messages are matched, so they must be English.
export const commandEnvironment: NodeJS.ProcessEnv = {
  PATH: `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
  HOME: process.env.HOME ?? '/root',
  LC_ALL: 'C',
};

/** Runs a program to its end. A program that is not there, or was killed, answers with code 127 or 137. */
export function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { env: commandEnvironment, timeout: options.timeoutMs ?? 30_000 });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.on('error', (error) => resolve({ code: 127, stdout: '', stderr: error.message }));
    child.on('close', (code) =>
      resolve({ code: code ?? 137, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }),
    );
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.stdin ?? '');
  });
}

/** Runs a program that must succeed; returns what it wrote. */
export async function mustRun(command: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await runCommand(command, args, options);
  if (code === 0) return stdout;
  const said = stderr.trim() === '' ? '' : `: ${stderr.trim()}`;
  throw new CodedError('command-failed', `run '${[command, ...args].join(' ')}': it ended with ${code}${said}`);
}
