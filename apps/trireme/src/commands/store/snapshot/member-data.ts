import { createNodeDisk, openNodeLevel } from '@trireme/adapter-disk';
import { createSystemTime } from '@trireme/adapter-system';
import { CodedError, messageOf } from '@trireme/base';
import { silentLogger } from '@trireme/ports';
import type { RestoreDeps } from '@trireme/store';

/** A member's data while no member runs on it. Level lets in one process only, so a running member is found here. */
export async function withMemberData<T>(
  folders: { readonly log: string; readonly state: string },
  use: (deps: RestoreDeps) => Promise<T>,
): Promise<T> {
  const level = await openNodeLevel(folders.state).catch((cause: unknown) => {
    const locked =
      cause instanceof Error && (cause.cause as { readonly code?: string } | undefined)?.code === 'LEVEL_LOCKED';
    const why = locked ? 'a member runs on it. Stop that first' : `${messageOf(cause)}. Look at the folder`;
    throw new CodedError('cannot-open', `open the data in ${folders.state}: ${why}.`, { cause });
  });
  try {
    const disk = await createNodeDisk(folders.log);
    return await use({ disk, level, time: createSystemTime(), logger: silentLogger });
  } finally {
    await level.close();
  }
}
