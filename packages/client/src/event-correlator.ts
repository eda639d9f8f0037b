/** What an event says, before counting. */
export interface EventInput {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  /** Identifies the object and its version-independent place: kind, namespace, name, uid, fieldPath. */
  readonly regardingKey: string;
}

/** What to do with an event: nothing, write a new one, or count up the one that was written before. */
export type Correlation =
  | { readonly type: 'drop' }
  | { readonly type: 'create'; readonly key: string; readonly message: string }
  | {
      readonly type: 'count';
      readonly key: string;
      readonly message: string;
      readonly count: number;
      readonly name: string;
    };

/**
 * Keeps a storm of events from becoming a storm of writes, with client-go's rules and numbers:
 * - each object may cause a burst of 25 events, then one in five minutes; the rest is dropped;
 * - an event that says the same again is counted on the one written before;
 * - from the tenth event on that differs only in its message within ten minutes, one combined event stands for all.
 * Pure: time is an argument.
 */
export interface EventCorrelator {
  correlate(event: EventInput, nowMs: number): Correlation;
  /** Says under which name the event for `key` was written, and with which count. */
  written(key: string, name: string, count: number): void;
  /** The event for `key` is gone from the server (they expire): the next one is a new one. */
  forget(key: string): void;
}

export interface EventCorrelatorOptions {
  readonly burst?: number;
  readonly refillIntervalMs?: number;
  readonly similarLimit?: number;
  readonly similarWindowMs?: number;
  readonly cacheSize?: number;
}

interface TokenBucket {
  tokens: number;
  atMs: number;
}

interface Similar {
  readonly messages: Set<string>;
  lastMs: number;
}

export function createEventCorrelator(options: EventCorrelatorOptions = {}): EventCorrelator {
  const { burst = 25, refillIntervalMs = 300_000, similarLimit = 10, similarWindowMs = 600_000 } = options;
  const { cacheSize = 4096 } = options;
  const buckets = createLru<TokenBucket>(cacheSize);
  const similars = createLru<Similar>(cacheSize);
  const known = createLru<{ readonly name: string; readonly count: number }>(cacheSize);

  const allow = (regardingKey: string, nowMs: number): boolean => {
    const bucket = buckets.get(regardingKey) ?? { tokens: burst, atMs: nowMs };
    bucket.tokens = Math.min(burst, bucket.tokens + (nowMs - bucket.atMs) / refillIntervalMs);
    bucket.atMs = nowMs;
    buckets.set(regardingKey, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  };

  const isCombined = (groupKey: string, message: string, nowMs: number): boolean => {
    let similar = similars.get(groupKey);
    if (!similar || nowMs - similar.lastMs > similarWindowMs) similar = { messages: new Set(), lastMs: nowMs };
    similar.messages.add(message);
    similar.lastMs = nowMs;
    similars.set(groupKey, similar);
    return similar.messages.size >= similarLimit;
  };

  return {
    correlate(event, nowMs) {
      const groupKey = [event.regardingKey, event.type, event.reason].join('\u0000');
      const combined = isCombined(groupKey, event.message, nowMs);
      const key = combined ? groupKey : `${groupKey}\u0000${event.message}`;
      const message = combined ? `(combined from similar events): ${event.message}` : event.message;
      if (!allow(event.regardingKey, nowMs)) return { type: 'drop' };
      const before = known.get(key);
      if (!before) return { type: 'create', key, message };
      return { type: 'count', key, message, count: before.count + 1, name: before.name };
    },
    written: (key, name, count) => known.set(key, { name, count }),
    forget: (key) => known.delete(key),
  };
}

interface Lru<V> {
  get(key: string): V | undefined;
  set(key: string, value: V): void;
  delete(key: string): void;
}

/** Keeps the entries that were set last. */
function createLru<V>(capacity: number): Lru<V> {
  const entries = new Map<string, V>();
  return {
    get: (key) => entries.get(key),
    set(key, value) {
      entries.delete(key);
      entries.set(key, value);
      if (entries.size <= capacity) return;
      for (const oldest of entries.keys()) {
        entries.delete(oldest);
        return;
      }
    },
    delete: (key) => void entries.delete(key),
  };
}
