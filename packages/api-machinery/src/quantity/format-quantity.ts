import { parseQuantity, splitQuantity } from './parse-quantity.ts';
import { divideAwayFromZero, nanosPerUnit, type Quantity } from './quantity.ts';

const decimal = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const binary = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/** Largest power of 1000 that leaves a whole number, between 10^-9 and 10^18. */
function decimalParts(nanos: bigint): { readonly mantissa: bigint; readonly thousands: number } {
  let mantissa = nanos;
  let thousands = 0;
  while (thousands < decimal.length - 1 && mantissa % 1000n === 0n) {
    mantissa /= 1000n;
    thousands++;
  }
  return { mantissa, thousands };
}

function binaryText(units: bigint): string {
  let mantissa = units;
  let power = 0;
  while (power < binary.length - 1 && mantissa % 1024n === 0n) {
    mantissa /= 1024n;
    power++;
  }
  return `${mantissa}${binary[power]}`;
}

/** The one text of an amount: no fraction, the largest suffix that keeps the number whole. */
export function formatQuantity({ nanos, format }: Quantity): string {
  if (nanos === 0n) return '0';
  const magnitude = nanos < 0n ? -nanos : nanos;
  if (format === 'BinarySI' && magnitude >= 1024n * nanosPerUnit && nanos % nanosPerUnit === 0n) {
    return binaryText(nanos / nanosPerUnit);
  }
  const { mantissa, thousands } = decimalParts(nanos);
  if (format !== 'DecimalExponent') return `${mantissa}${decimal[thousands]}`;
  const exponent = 3 * thousands - 9;
  return exponent === 0 ? String(mantissa) : `${mantissa}e${exponent}`;
}

/**
 * Upstream keeps the text of a short quantity whose number looks canonical to it at a glance, so that '+5', '1E3' and
 * '1.500' are read back as they were written.
 */
function keepsText(text: string): boolean {
  const parts = splitQuantity(text);
  if (typeof parts === 'string') return false;
  const { whole, fraction, suffix } = parts;
  const digits = whole + fraction;
  if (suffix.base === 2) {
    const precision = 14 - whole.length - Math.trunc((suffix.exponent * 3) / 10);
    return fraction === '' && precision >= 0 && Number(whole) % 8 !== 0;
  }
  const scale = suffix.exponent - fraction.length;
  return digits.length <= 18 && scale >= -9 && scale % 3 === 0 && !digits.endsWith('000') && digits[0] !== '0';
}

/** What the API reads back: '0.5' -> '500m', '1024Mi' -> '1Gi'. Throws QuantityError. */
export function canonicalQuantity(text: string): string {
  const canonical = formatQuantity(parseQuantity(text));
  return keepsText(text) ? text : canonical;
}

/** Rounded away from zero to a multiple of 10^exponent, -9 to 0: what API fields that cannot hold fractions do. */
export function roundQuantity(quantity: Quantity, exponent: number): Quantity {
  const step = 10n ** BigInt(exponent + 9);
  return { nanos: divideAwayFromZero(quantity.nanos, step) * step, format: quantity.format };
}
