import type { Bytes } from '@trireme/base';
import type { Version } from './version.ts';

/** A 53-bit hash (two lanes of 32 bits, mixed as in cyrb53) over versions in the order given. */
export function hashVersions(versions: Iterable<Version>): number {
  let low = 0xdeadbeef;
  let high = 0x41c6ce57;
  const mix = (word: number): void => {
    low = Math.imul(low ^ word, 2654435761);
    high = Math.imul(high ^ word, 1597334677);
  };
  const mixBytes = (bytes: Bytes): void => {
    mix(bytes.length);
    for (let i = 0; i < bytes.length; i++) mix(bytes[i] as number);
  };
  const mixNumber = (value: number): void => {
    mix(value >>> 0);
    mix(Math.floor(value / 0x1_0000_0000));
  };
  for (const version of versions) {
    mixBytes(version.key);
    mixBytes(version.value);
    mixNumber(version.createRevision);
    mixNumber(version.modRevision);
    mixNumber(version.version);
    mix(Number(version.lease & 0xffffffffn));
    mix(Number(version.lease >> 32n));
  }
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  return (high & 0x1fffff) * 0x1_0000_0000 + (low >>> 0);
}
