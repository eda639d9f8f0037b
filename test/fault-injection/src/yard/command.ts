import { spawnSync } from 'node:child_process';

/** Runs a tool of the system to its end and returns what it printed. Throws with the tool's own words. */
export function command(program: string, ...args: readonly string[]): string {
  const done = spawnSync(program, args, { encoding: 'utf8', timeout: 30_000 });
  if (done.error) throw new Error(`run ${program} ${args.join(' ')}: ${done.error.message}`);
  if (done.status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${done.status}: ${done.stderr}`);
  return done.stdout;
}

/** The same where failing is fine: what is to be taken away may be gone already. */
export function attempt(program: string, ...args: readonly string[]): string | undefined {
  const done = spawnSync(program, args, { encoding: 'utf8', timeout: 30_000 });
  return done.status === 0 ? done.stdout : undefined;
}
