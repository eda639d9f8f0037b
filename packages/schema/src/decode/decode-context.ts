import type { JsonPath } from '../json/json-path.ts';
import { formatJsonPath } from '../json/json-path.ts';
import { quoteGo } from '../json/quote.ts';
import { DecodeError } from './decode-error.ts';
import { goValueKind } from './go-type-name.ts';

/** Upstream stops collecting here, so that a hostile body does not fill the answer. */
const maxStrictErrors = 100;

/** The state of one decoding: where it is, and what it found. Checkers push before they go into a value. */
export class DecodeContext {
  readonly strictErrors: string[] = [];
  readonly canonicalQuantity: ((text: string) => string) | undefined;
  private readonly path: (string | number)[] = [];
  /** For each step of `path`: the Go struct that owns the field, or '' for map keys and indices. */
  private readonly owners: string[] = [];
  private silent = 0;

  constructor(canonicalQuantity?: (text: string) => string) {
    this.canonicalQuantity = canonicalQuantity;
  }

  push(step: string | number, owner: string): void {
    this.path.push(step);
    this.owners.push(owner);
  }

  pop(): void {
    this.path.pop();
    this.owners.pop();
  }

  /** Runs a check whose unknown fields are dropped without a word, as within types that decode themselves. */
  silently<T>(check: () => T): T {
    this.silent++;
    const result = check();
    this.silent--;
    return result;
  }

  unknown(key: string): void {
    if (this.silent === 0) this.report('unknown', [...this.path, key]);
  }

  report(what: 'unknown' | 'duplicate', path: JsonPath): void {
    const text = `${what} field ${quoteGo(formatJsonPath(path))}`;
    if (this.strictErrors.length < maxStrictErrors && !this.strictErrors.includes(text)) this.strictErrors.push(text);
  }

  /** Fails with Go's type error for the value that is being looked at. */
  mismatch(value: unknown, goType: string, withNumber = false): never {
    const kind = goValueKind(value);
    this.fail(`cannot unmarshal ${withNumber && kind === 'number' ? `number ${value}` : kind}`, goType);
  }

  /** Fails with a message of its own, which upstream gives without naming the field. */
  refuse(message: string): never {
    throw new DecodeError(message);
  }

  private fail(what: string, goType: string): never {
    const owner = this.owners.findLast((name) => name !== '');
    if (owner === undefined) throw new DecodeError(`json: ${what} into Go value of type ${goType}`);
    const fields = this.path.filter((_, i) => this.owners[i] !== '');
    throw new DecodeError(`json: ${what} into Go struct field ${owner.trim()}.${fields.join('.')} of type ${goType}`);
  }
}
