import { KvError, type KvErrorCode } from '@trireme/ports';
import type { World } from '../world/world.ts';

/** What any call may say at any time: nobody leads, the member is stopped or busy, its disk is full. */
const always: readonly KvErrorCode[] = ['unavailable', 'stopped', 'too-many-requests', 'no-space'];

/** Takes an error that a client saw. One of no documented code, or that makes no sense for this call, is a fault. */
export function takeError(world: World, call: string, error: unknown, also: readonly KvErrorCode[] = []): void {
  const code = error instanceof KvError ? error.code : undefined;
  world.count(code === undefined ? 'undocumented errors' : `error ${code}`);
  world.digest.mixText(code ?? 'error');
  if (code !== undefined && (always.includes(code) || also.includes(code))) return;
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  world.fail('errors', `${call} was answered by ${code ?? 'what is no KvError'}: ${text}`);
}
