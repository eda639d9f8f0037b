/**
 * How a quantity was written, which is how it is printed again: 'DecimalSI' 500m, 'BinarySI' 64Mi,
 * 'DecimalExponent' 1e3.
 */
export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';

/** An exact amount in steps of 10^-9. Immutable. https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */
export interface Quantity {
  readonly nanos: bigint;
  readonly format: QuantityFormat;
}

export const nanosPerUnit = 1_000_000_000n;

export const zeroQuantity: Quantity = { nanos: 0n, format: 'DecimalSI' };

export function quantityOf(value: number | bigint, format: QuantityFormat = 'DecimalSI'): Quantity {
  return { nanos: BigInt(value) * nanosPerUnit, format };
}

/** 1500 -> 1.5, as CPU is counted. */
export function milliQuantity(milli: number | bigint, format: QuantityFormat = 'DecimalSI'): Quantity {
  return { nanos: BigInt(milli) * 1_000_000n, format };
}

/** The format of a zero gives way to that of the other, as upstream's Add does. */
function formatOf(a: Quantity, b: Quantity): QuantityFormat {
  return a.nanos === 0n ? b.format : a.format;
}

export function addQuantities(a: Quantity, b: Quantity): Quantity {
  return { nanos: a.nanos + b.nanos, format: formatOf(a, b) };
}

export function subtractQuantities(a: Quantity, b: Quantity): Quantity {
  return { nanos: a.nanos - b.nanos, format: formatOf(a, b) };
}

/** Negative, zero or positive. */
export function compareQuantities(a: Quantity, b: Quantity): number {
  return a.nanos < b.nanos ? -1 : a.nanos > b.nanos ? 1 : 0;
}

/** Division that rounds away from zero: who wants a little of a resource gets some. */
export function divideAwayFromZero(amount: bigint, divisor: bigint): bigint {
  const quotient = amount / divisor;
  if (quotient * divisor === amount) return quotient;
  return amount < 0n ? quotient - 1n : quotient + 1n;
}

/** In whole units, rounded away from zero. */
export function quantityValue(quantity: Quantity): number {
  return Number(divideAwayFromZero(quantity.nanos, nanosPerUnit));
}

/** In thousandths, rounded away from zero. */
export function quantityMilliValue(quantity: Quantity): number {
  return Number(divideAwayFromZero(quantity.nanos, 1_000_000n));
}

/** As a float, for ratios and metrics. */
export function quantityAsNumber(quantity: Quantity): number {
  const whole = quantity.nanos / nanosPerUnit;
  return Number(whole) + Number(quantity.nanos - whole * nanosPerUnit) / 1e9;
}
