import { fromUtf8 } from '@trireme/base';
import type { Logger } from '@trireme/ports';
import type { DamagedValue } from '../mvcc/index.ts';

/** Stored values that were found to be damaged, for whoever can repair this member. */
export interface Damage {
  report(value: DamagedValue): void;
  /** Called for each of them, those found before included; returns the way to stop that. */
  onDamage(listener: (value: DamagedValue) => void): () => void;
  readonly size: number;
  /** Another state takes the place of the one that they are of. */
  clear(): void;
}

/** Beyond this many it is the disk that is to be looked at, and not the values. */
const mostKept = 1000;

export function createDamage(logger: Logger): Damage {
  const found = new Map<string, DamagedValue>();
  const listeners = new Set<(value: DamagedValue) => void>();
  return {
    get size() {
      return found.size;
    },
    clear: () => found.clear(),
    report(value) {
      const name = `${value.revision}/${value.sub}`;
      if (found.has(name) || found.size >= mostKept) return;
      found.set(name, value);
      const { revision } = value;
      logger.log('error', 'a stored value is damaged and is not served', { key: fromUtf8(value.key), revision });
      for (const listener of [...listeners]) listener(value);
    },
    onDamage(listener) {
      listeners.add(listener);
      for (const value of [...found.values()]) listener(value);
      return () => void listeners.delete(listener);
    },
  };
}
