import type { ContainerRuntime, NodeFiles } from '@trireme/ports';

export interface LogRotationLimits {
  readonly maxSizeBytes: number;
  /** The one being written among them. */
  readonly maxFiles: number;
}

export const defaultLogLimits: LogRotationLimits = { maxSizeBytes: 10 * 2 ** 20, maxFiles: 5 };

/**
 * Sets a log that has grown too long aside as `0.log.20260101-000000`, has the runtime open a new one, and removes the
 * oldest beyond the limit. Who follows the log reads the old file to its end before the new one.
 */
export async function rotateLog(
  deps: { readonly runtime: ContainerRuntime; readonly files: NodeFiles },
  container: { readonly id: string; readonly logPath: string },
  limits: LogRotationLimits,
  nowMs: number,
): Promise<boolean> {
  const { runtime, files } = deps;
  const path = container.logPath;
  const stat = await files.stat(path);
  if (!stat || stat.sizeBytes < limits.maxSizeBytes) return false;
  const stamp = new Date(nowMs).toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
  const aside = `${path}.${stamp}`;
  await files.rename(path, aside);
  try {
    await runtime.reopenContainerLog(container.id);
  } catch (error) {
    // The runtime still writes to the file that was moved: give it its name back, so that nothing is lost from sight.
    await files.rename(aside, path);
    throw error;
  }
  const slash = path.lastIndexOf('/');
  const prefix = `${path.slice(slash + 1)}.`;
  const rotated = (await files.list(path.slice(0, slash))).filter((name) => name.startsWith(prefix)).sort();
  for (const name of rotated.slice(0, Math.max(0, rotated.length - (limits.maxFiles - 1)))) {
    await files.remove(`${path.slice(0, slash)}/${name}`);
  }
  return true;
}
