/**
 * The few moves that defaulting is made of. Each returns the very object it was given where nothing had to change, so
 * that the defaulting of stored objects, which runs on every read, allocates nothing.
 */

/** Unset is what Go's zero string is too: a field that is absent, null or ''. */
function isUnset(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

/** Sets those fields of `defaults` that `object` leaves unset. */
export function fill<T extends object>(object: T, defaults: Partial<T>): T {
  let filled: T | undefined;
  for (const key of Object.keys(defaults) as (keyof T)[]) {
    const value = defaults[key];
    if (value === undefined || !isUnset(object[key])) continue;
    filled ??= { ...object };
    filled[key] = value as T[keyof T];
  }
  return filled ?? object;
}

/** As `fill`, for numbers that upstream holds as plain integers: there 0 means unset. */
export function fillZero<T extends object>(object: T, defaults: Partial<T>): T {
  let filled: T | undefined;
  for (const key of Object.keys(defaults) as (keyof T)[]) {
    if (!isUnset(object[key]) && object[key] !== 0) continue;
    filled ??= { ...object };
    filled[key] = defaults[key] as T[keyof T];
  }
  return filled ?? object;
}

/** Changes one field where it is set. */
export function over<T extends object, K extends keyof T>(
  object: T,
  key: K,
  change: (value: NonNullable<T[K]>) => T[K],
): T {
  const value = object[key];
  if (value === undefined || value === null) return object;
  const changed = change(value);
  return changed === value ? object : { ...object, [key]: changed };
}

/** Changes every item of a list. */
export function each<I>(change: (item: I) => I): (items: readonly I[]) => readonly I[] {
  return (items) => {
    let changed: I[] | undefined;
    for (const [i, item] of items.entries()) {
      const next = change(item);
      if (next === item) continue;
      changed ??= [...items];
      changed[i] = next;
    }
    return changed ?? items;
  };
}

/** Applies changes one after another. */
export function chain<T>(...changes: readonly ((value: T) => T)[]): (value: T) => T {
  return (value) => changes.reduce((current, change) => change(current), value);
}

/** A copy without some fields; the object itself where it has none of them. */
export function without<T extends object>(object: T, ...keys: readonly (keyof T)[]): T {
  if (!keys.some((key) => object[key] !== undefined)) return object;
  const rest = { ...object };
  for (const key of keys) delete rest[key];
  return rest;
}
