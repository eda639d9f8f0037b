import { CodedError } from '@trireme/base';
import { divideAwayFromZero, type Quantity, type QuantityFormat } from './quantity.ts';

/** A text that is no quantity. Its message is upstream's. */
export class QuantityError extends CodedError<'invalid-quantity'> {
  override readonly name = 'QuantityError';
}

const wrongFormat = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const wrongSuffix = "unable to parse quantity's suffix";

const form = /^([+-]?)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*)([-+]?[0-9]*)$/;

export interface Suffix {
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

function nanosOf(digits: bigint, fraction: number, { base, exponent }: Suffix): bigint {
  if (base === 2)
    return divideAwayFromZero(digits * 1_000_000_000n * (1n << BigInt(exponent)), 10n ** BigInt(fraction));
  const scale = 9 + Math.max(-exponentLimit, Math.min(exponentLimit, exponent)) - fraction;
  return scale >= 0 ? digits * 10n ** BigInt(scale) : divideAwayFromZero(digits, 10n ** BigInt(-scale));
}

/** A text taken apart. Digits and fraction may both be empty: upstream reads '-' and '.' as zero. */
export interface QuantityText {
  readonly negative: boolean;
  /** Without leading zeros, but '0' for none. */
  readonly whole: string;
  readonly fraction: string;
  readonly suffix: Suffix;
}

/** The parts of a quantity's text, or what is wrong with it. */
export function splitQuantity(text: string): QuantityText | string {
  const match = text === '' ? null : form.exec(text);
  if (!match) return wrongFormat;
  const [, sign = '', digits = '', fraction = '', letters = '', exponent = ''] = match;
  const suffix = suffixOf(letters + exponent);
  if (!suffix) return wrongSuffix;
  return { negative: sign === '-', whole: digits.replace(/^0+/, '') || '0', fraction, suffix };
}

function parse(text: string): Quantity | string {
  const parts = splitQuantity(text);
  if (typeof parts === 'string') return parts;
  const { negative, whole, fraction, suffix } = parts;
  const exact = nanosOf(BigInt(whole + fraction), fraction.length, suffix);
  const nanos = suffix.format === 'BinarySI' && exact > maxNanos ? maxNanos : exact;
  // Less than one unit has no exact binary form, so it is shown in decimal.
  const small = suffix.format === 'BinarySI' && nanos > 0n && nanos < 1_000_000_000n;
  return { nanos: negative ? -nanos : nanos, format: small ? 'DecimalSI' : suffix.format };
}

/** '500m', '64Mi', '1e3', '0.5'. Throws QuantityError. Less than 10^-9 rounds up; binary ones end at 2^63-1. */
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
