import { collectStatus } from './collect.ts';
import type { StatusOptions } from './command-options.ts';
import { renderStatus } from './render.ts';

/** Exits with 1 where the cluster does not answer, so that scripts can wait for it. */
export async function runStatus(options: StatusOptions): Promise<void> {
  const status = await collectStatus(options.name);
  process.stdout.write(
    options.output === 'json' ? `${JSON.stringify(status, null, 2)}\n` : renderStatus(status, Date.now()),
  );
  if (!status.members.some((member) => member.state === 'ready')) process.exitCode = 1;
}
