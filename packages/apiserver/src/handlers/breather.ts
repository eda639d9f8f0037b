import { sleep, type Time } from '@trireme/ports';

/** How long one request may hold the event loop before others get their turn. */
const holdMs = 10;

/** Made at the start of long work; called between its pieces, it lets others run when enough time has passed. */
export function createBreather(time: Time): () => Promise<void> {
  let since = time.monotonic();
  return async () => {
    if (time.monotonic() - since < holdMs) return;
    await sleep(time, 0);
    since = time.monotonic();
  };
}
