import {
  type FieldPath,
  fieldErrors,
  formatQuantity,
  nonNegativeMessage,
  parseQuantity,
  QuantityError,
  roundQuantity,
  tryParseQuantity,
} from '@trireme/api-machinery';
import type { Findings } from './field-rules.ts';

type Amounts = { readonly [name: string]: string };

/** True where the text is no quantity at all, too: neither is an amount to work with. */
export function isNegativeQuantity(text: string): boolean {
  const quantity = tryParseQuantity(text);
  return quantity === undefined || quantity.nanos < 0n;
}

/** The text as the API prints amounts; one that is no quantity stays, for validation to name it. */
export function canonicalAmount(text: string): string {
  const quantity = tryParseQuantity(String(text));
  return quantity === undefined ? text : formatQuantity(roundQuantity(quantity, -3));
}

/** Every amount in canonical form, in thousandths at the finest; the same object where all were. */
export function canonicalAmounts<A extends Amounts>(amounts: A): A {
  let changed: Record<string, string> | undefined;
  for (const name of Object.keys(amounts)) {
    const text = amounts[name] ?? '0';
    const canonical = canonicalAmount(text);
    if (canonical === text) continue;
    changed ??= { ...amounts };
    changed[name] = canonical;
  }
  return (changed as A | undefined) ?? amounts;
}

/** An amount must be one, and not negative. */
export function* mustBeAmount(path: FieldPath, text: string): Findings {
  try {
    const quantity = parseQuantity(String(text));
    if (quantity.nanos < 0n) yield fieldErrors.invalid(path, text, nonNegativeMessage);
  } catch (error) {
    if (!(error instanceof QuantityError)) throw error;
    yield fieldErrors.invalid(path, text, error.message);
  }
}
