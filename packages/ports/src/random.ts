/** A source of randomness. Under simulation it is seeded, so nothing else may be asked for random numbers. */
export interface Random {
  /** Uniform in [0, 1). */
  float(): number;
  /** Uniform bytes; in production from the operating system, fit for secrets. */
  bytes(length: number): Uint8Array<ArrayBuffer>;
}

/** A random (version 4) UUID, as used for object UIDs. */
export function randomUuid(random: Random): string {
  const bytes = random.bytes(16);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

// No vowels and no look-alikes, so that no word and no misreading comes out: the alphabet of Kubernetes' generated names.
const nameAlphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** The random end of a generated name: `length` characters that are safe in a DNS label. */
export function randomSuffix(random: Random, length = 5): string {
  let text = '';
  for (let i = 0; i < length; i++) text += nameAlphabet.charAt(Math.floor(random.float() * nameAlphabet.length));
  return text;
}
