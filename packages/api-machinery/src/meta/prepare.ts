import type { ApiObject } from '@trireme/schema';
import type { ObjectMeta } from '@trireme/schema/types/meta/v1';

const generatedSuffixLength = 5;
const maxNameLength = 63;
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

/**
 * A name for `generateName`: the prefix cut so that it leaves room, then five letters from `random`, which gives a
 * whole number in [0, below). The letters hold no vowels, so that names do not become words.
 */
export function generateObjectName(prefix: string, random: (below: number) => number): string {
  let suffix = '';
  while (suffix.length < generatedSuffixLength) suffix += alphabet.charAt(random(alphabet.length));
  return prefix.slice(0, maxNameLength - generatedSuffixLength) + suffix;
}

/** The alphabet of generated names and template hashes. */
export const safeAlphabet: string = alphabet;

export interface CreateFacts {
  readonly uid: string;
  readonly nowIso: string;
  /** Of the request; undefined for a cluster-wide object, whose own namespace is then cleared. */
  readonly namespace?: string | undefined;
  /** Used where the object has only a generateName. */
  readonly generatedName?: string | undefined;
  /** True for kinds that count generations. */
  readonly countsGeneration?: boolean | undefined;
}

/** What the server sets on every new object; what a client may not set itself is dropped. */
export function fillForCreate<T extends ApiObject>(object: T, facts: CreateFacts): T {
  const {
    namespace: _namespace,
    deletionTimestamp: _deletionTimestamp,
    deletionGracePeriodSeconds: _grace,
    selfLink: _selfLink,
    resourceVersion: _resourceVersion,
    generation: _generation,
    ...kept
  } = object.metadata ?? { name: '' };
  const metadata: ObjectMeta = {
    ...kept,
    name: kept.name || facts.generatedName || '',
    ...(facts.namespace !== undefined && { namespace: facts.namespace }),
    uid: facts.uid,
    creationTimestamp: facts.nowIso,
    ...(facts.countsGeneration && { generation: 1 }),
  };
  return { ...object, metadata };
}

const serverOwned = [
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'generation',
  'selfLink',
] as const;

/**
 * Keeps what an update may not change by leaving it out: a missing uid, creationTimestamp or deletionTimestamp is the
 * stored one. Generation is always the stored one; `withGeneration` counts it on.
 */
export function fillForUpdate<T extends ApiObject>(object: T, old: T): T {
  const metadata: Record<string, unknown> = { ...object.metadata };
  for (const name of serverOwned) {
    const stored = old.metadata[name];
    if (name === 'generation' || name === 'deletionTimestamp' || name === 'deletionGracePeriodSeconds') {
      if (stored === undefined) delete metadata[name];
      else metadata[name] = stored;
    } else if (metadata[name] === undefined && stored !== undefined) metadata[name] = stored;
  }
  return { ...object, metadata: metadata as unknown as ObjectMeta };
}

/** The object with its generation set, for kinds that count changes of their spec. */
export function withGeneration<T extends ApiObject>(object: T, generation: number): T {
  return { ...object, metadata: { ...object.metadata, generation } };
}
