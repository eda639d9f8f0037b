import { CodedError, messageOf } from '@trireme/base';

const noSpace: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT']);

/**
 * A start that fails for want of space says where, and what to do. Files are written in many ways here, and what the system
 * says of it names no file, or hides it behind what was going on.
 */
export async function namingFullDisk<T>(directory: string, start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    throw fullDiskError(directory, error) ?? error;
  }
}

export function fullDiskError(directory: string, error: unknown): CodedError<'no-space'> | undefined {
  let at = error;
  // What the store's own files say names the file already.
  while (at instanceof Error && !(at instanceof CodedError && at.code === 'no-space')) {
    const { code, path } = at as NodeJS.ErrnoException;
    // LevelDB tells it in words only, behind the name of its file.
    const inLevel = /IO error: (.+): No space left on device/.exec(at.message)?.[1];
    if (noSpace.has(code) || inLevel)
      return new CodedError(
        'no-space',
        `cannot write ${path ?? inLevel ?? directory}: the disk is full; free space on it.`,
        { cause: error },
      );
    at = at.cause;
  }
  return at instanceof Error ? new CodedError('no-space', messageOf(at), { cause: error }) : undefined;
}
