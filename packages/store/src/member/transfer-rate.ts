import { sleep, type Time } from '@trireme/ports';

/** Lets bytes through at a steady rate, for all that ask together. */
export interface TransferRate {
  take(bytes: number): Promise<void>;
}

export function createTransferRate(time: Time, bytesPerSecond: number): TransferRate {
  let freeMs = 0;
  return {
    async take(bytes) {
      const now = time.monotonic();
      const startMs = Math.max(now, freeMs);
      freeMs = startMs + (bytes * 1000) / bytesPerSecond;
      if (startMs > now) await sleep(time, startMs - now);
    },
  };
}
