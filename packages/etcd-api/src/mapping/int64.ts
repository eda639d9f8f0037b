/** A 64-bit number as it comes off the wire: two halves of 32 bits. */
export interface Halves {
  readonly low: number;
  readonly high: number;
  readonly unsigned: boolean;
}

/** A 64-bit field. Numbers are written as they are; what may be beyond 2^53 goes as halves. */
export type Int64 = number | Halves;
type Field = Int64 | null | undefined;

/** For revisions, counts and sizes, which stay below 2^53. */
export function toNumber(field: Field): number {
  if (field === null || field === undefined) return 0;
  if (typeof field === 'number') return field;
  const high = field.unsigned ? field.high >>> 0 : field.high | 0;
  return high * 0x1_0000_0000 + (field.low >>> 0);
}

/** For identities, which use all 64 bits. */
export function toBigInt(field: Field): bigint {
  if (field === null || field === undefined) return 0n;
  if (typeof field === 'number') return BigInt(field);
  if (field.high === 0) return BigInt(field.low >>> 0);
  const whole = (BigInt(field.high >>> 0) << 32n) | BigInt(field.low >>> 0);
  return field.unsigned ? whole : BigInt.asIntN(64, whole);
}

export function fromBigInt(value: bigint): Int64 {
  if (value >= 0n && value <= 0xffff_ffffn) return Number(value);
  return {
    low: Number(BigInt.asIntN(32, value)),
    high: Number(BigInt.asIntN(32, value >> 32n)),
    unsigned: value > 0x7fff_ffff_ffff_ffffn,
  };
}
