import { CodedError } from '@trireme/base';
import { divideAwayFromZero, type Quantity, type QuantityFormat } from './quantity.ts';

/** A text that is no quantity. Its message is upstream's. */
export class QuantityError extends CodedError<'invalid-quantity'> {
  override readonly name = 'QuantityError';
}

const wrongFormat = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const wrongNumber = 'unable to parse numeric part of quantity';
const wrongSuffix = "unable to parse quantity's suffix";

const form = /^([+-]?)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*)([-+]?[0-9]*)$/;

interface Suffix {
  readonly base: 2 | 10;
  readonly exponent: number;
  readonly format: QuantityFormat;
}

const suffixes: ReadonlyMap<string, Suffix> = new Map<string, Suffix>([
  ...['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'].map((text, i): [string, Suffix] => [
    text,
    { base: 2, exponent: 10 * (i + 1), format: 'BinarySI' },
  ]),
  ...['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'].map((text, i): [string, Suffix] => [
    text,
    { base: 10, exponent: 3 * (i - 3), format: 'DecimalSI' },
  ]),
]);

function suffixOf(text: string): Suffix | undefined {
  const known = suffixes.get(text);
  if (known) return known;
  const exponent = /^[eE]([+-]?\d+)$/.exec(text)?.[1];
  return exponent === undefined ? undefined : { base: 10, exponent: Number(exponent), format: 'DecimalExponent' };
}

const maxNanos = (2n ** 63n - 1n) * 1_000_000_000n;
/** Beyond this an exponent says nothing more: the amount is at its cap, or rounds up to the smallest one. */
const exponentLimit = 1000;

/**
 * Upstream takes short numbers through int64 arithmetic, which neither rounds nor caps; the same numbers must come out
 * here, or '10E' would change its value.
 */
function staysExact(suffix: Suffix, digits: number, fraction: number): boolean {
  if (suffix.base === 10) return 18 - digits >= 0 && suffix.exponent - fraction >= -9;
  return fraction === 0 && 15 - digits - Math.trunc((suffix.exponent * 3) / 10) - 1 >= 0;
}

function nanosOf(digits: bigint, fraction: number, { base, exponent }: Suffix): bigint {
  if (base === 2)
    return divideAwayFromZero(digits * 1_000_000_000n * (1n << BigInt(exponent)), 10n ** BigInt(fraction));
  const scale = 9 + Math.max(-exponentLimit, Math.min(exponentLimit, exponent)) - fraction;
  return scale >= 0 ? digits * 10n ** BigInt(scale) : divideAwayFromZero(digits, 10n ** BigInt(-scale));
}

function parse(text: string): Quantity | string {
  if (text === '') return wrongFormat;
  if (text === '0') return { nanos: 0n, format: 'DecimalSI' };
  const match = form.exec(text);
  if (!match) return wrongFormat;
  const [, sign = '', whole = '', fraction = '', letters = '', exponent = ''] = match;
  const suffix = suffixOf(letters + exponent);
  if (!suffix) return wrongSuffix;
  if (whole === '' && fraction === '') return wrongNumber;
  const significant = whole.replace(/^0+/, '') || '0';
  const magnitude = BigInt(whole + fraction);
  let nanos = nanosOf(magnitude, fraction.length, suffix);
  if (nanos > maxNanos && !staysExact(suffix, significant.length + fraction.length, fraction.length)) nanos = maxNanos;
  // Less than one unit has no exact binary form, so it is shown in decimal.
  const small = suffix.format === 'BinarySI' && nanos > 0n && nanos < 1_000_000_000n;
  return { nanos: sign === '-' ? -nanos : nanos, format: small ? 'DecimalSI' : suffix.format };
}

/** '500m', '64Mi', '1e3', '0.5'. Throws QuantityError. Less than 10^-9 rounds up, and 2^63-1 is the cap. */
export function parseQuantity(text: string): Quantity {
  const parsed = parse(text);
  if (typeof parsed === 'string') throw new QuantityError('invalid-quantity', parsed);
  return parsed;
}

/** As `parseQuantity`; undefined where the text is none. */
export function tryParseQuantity(text: string): Quantity | undefined {
  const parsed = parse(text);
  return typeof parsed === 'string' ? undefined : parsed;
}
