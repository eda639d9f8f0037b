import { messageOf } from '@trireme/base';
import { type CancelSignal, type Logger, sleep, type Time } from '@trireme/ports';
import type { Member } from '@trireme/store';

const everyMs = 500;

/** Tells the others a member's name and where it serves clients, until they know. */
export async function publishMember(
  world: { readonly time: Time; readonly logger: Logger },
  member: Member,
  change: { readonly name: string; readonly clientUrls: readonly string[] },
  signal: CancelSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await member.updateMember(member.id, change, { signal });
      return;
    } catch (error) {
      world.logger.log('debug', 'not told yet where this member serves', { error: messageOf(error) });
    }
    await sleep(world.time, everyMs, signal);
  }
}
