/** Thrown by `invariant`: the program is wrong, not its input. Nothing catches it to go on. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/**
 * States what must hold. It stays on in production: a process that broke its own rules must stop before it
 * acknowledges anything built on the broken state.
 */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}

/** Marks a branch the types say cannot be reached, and says what arrived there. */
export function unreachable(value: never, what: string): never {
  throw new InvariantError(`${what}: unexpected ${JSON.stringify(value)}`);
}
