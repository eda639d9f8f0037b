import { messageOf } from '@trireme/base';
import { NodeFilesError, type NodeFilesErrorCode } from '@trireme/ports';

const codes: Readonly<Record<string, NodeFilesErrorCode>> = {
  EPERM: 'not-permitted',
  EACCES: 'not-permitted',
  EROFS: 'not-permitted',
  ENOSPC: 'no-space',
  EDQUOT: 'no-space',
  EBUSY: 'busy',
};

function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** What is not there, or stands on a path through something that is no directory. */
export function isMissing(error: unknown): boolean {
  return errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR';
}

export function isErrno(error: unknown, code: string): boolean {
  return errnoOf(error) === code;
}

/** Runs an operation; what fails says which, and on what path. */
export async function attempt<T>(what: string, path: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    if (error instanceof NodeFilesError) throw error;
    throw new NodeFilesError(codes[errnoOf(error)] ?? 'failed', `${what} ${path}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** The same, where a path that is not there is an answer. */
export async function attemptPresent<T>(
  what: string,
  path: string,
  operation: () => Promise<T>,
): Promise<T | undefined> {
  return attempt(what, path, async () => {
    try {
      return await operation();
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  });
}
