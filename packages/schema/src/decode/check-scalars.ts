import { fromBase64, toBase64 } from '@trireme/base';
import type { Scalar } from '../type-table.ts';
import type { DecodeContext } from './decode-context.ts';
import { parseTime, type TimePrecision } from './go-time.ts';
import { quantityTextError } from './quantity-text.ts';

/** Returns the value in its canonical form, which is the same value where nothing had to change. Never sees null. */
export type Check = (value: unknown, context: DecodeContext) => unknown;

const int32Max = 2 ** 31 - 1;
const int64Max = 2 ** 63;

export function scalarCheck(scalar: Scalar, goType: string): Check {
  switch (scalar) {
    case 'string':
      return (value, context) => (typeof value === 'string' ? value : context.mismatch(value, goType));
    case 'boolean':
      return (value, context) => (typeof value === 'boolean' ? value : context.mismatch(value, goType));
    case 'number':
      return (value, context) => (typeof value === 'number' ? value : context.mismatch(value, goType));
    case 'int32':
      return (value, context) => checkInteger(value, context, goType, int32Max);
    case 'int64':
      return (value, context) => checkInteger(value, context, goType, int64Max);
    case 'string:byte':
      return (value, context) => checkBase64(value, context, goType);
  }
}

function checkInteger(value: unknown, context: DecodeContext, goType: string, max: number): unknown {
  if (typeof value === 'number' && Number.isInteger(value) && value <= max && value >= -max - 1) return value;
  return context.mismatch(value, goType, true);
}

function checkBase64(value: unknown, context: DecodeContext, goType: string): unknown {
  if (typeof value !== 'string') return context.mismatch(value, goType);
  if (value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value)) return value;
  const bytes = /[\r\n]/.test(value) ? fromBase64(value) : undefined;
  if (bytes) return toBase64(bytes);
  return context.refuse(`illegal base64 data at input byte ${base64ErrorOffset(value)}`);
}

/** Where Go's decoder stops: at the first foreign character, else at the start of the group that is cut short. */
function base64ErrorOffset(text: string): number {
  const foreign = text.search(/[^A-Za-z0-9+/\r\n]/);
  if (foreign >= 0) return foreign;
  const digits = text.replaceAll(/[\r\n]/g, '').length;
  return digits - (digits % 4);
}

export function timeCheck(precision: TimePrecision): Check {
  return (value, context) => {
    if (typeof value !== 'string') return context.mismatch(value, 'string');
    const parsed = parseTime(value, precision);
    return 'error' in parsed ? context.refuse(parsed.error) : parsed.text;
  };
}

/** A quantity may come as a bare number; it always leaves as text. */
export const checkQuantity: Check = (value, context) => {
  const text = typeof value === 'string' ? value.trim() : typeof value === 'number' ? String(value) : undefined;
  const error = quantityTextError(text ?? JSON.stringify(value));
  if (error !== undefined || text === undefined) return context.refuse(error ?? 'unable to parse quantity');
  return context.canonicalQuantity ? context.canonicalQuantity(text) : text;
};

export const checkIntOrString: Check = (value, context) =>
  typeof value === 'string' ? value : checkInteger(value, context, 'int32', int32Max);

export const checkAny: Check = (value) => value;
