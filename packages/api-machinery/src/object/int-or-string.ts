import { CodedError } from '@trireme/base';
import type { IntOrString } from '@trireme/schema/types/meta/v1';

/** 3 -> 3, '25%' of 10 rounded up -> 3. Throws a CodedError 'invalid-int-or-string' for any other text. */
export function scaledValue(value: IntOrString, total: number, round: 'up' | 'down'): number {
  if (typeof value === 'number') return value;
  const percent = /^([0-9]+)%$/.exec(value)?.[1];
  if (percent === undefined) {
    const message = 'invalid value for IntOrString: invalid type: string is not a percentage';
    throw new CodedError('invalid-int-or-string', message);
  }
  const share = (Number(percent) * total) / 100;
  return round === 'up' ? Math.ceil(share) : Math.floor(share);
}

/** '25%' -> true. */
export function isPercent(value: IntOrString): value is string {
  return typeof value === 'string' && /^[0-9]+%$/.test(value);
}
