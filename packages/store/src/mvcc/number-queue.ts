import { invariant } from '@trireme/base';

const chunkLength = 2048;

type Numbers = Uint32Array | Float64Array;

/**
 * Numbers in the order of their coming, each under a place that it keeps while older ones go. In chunks of typed arrays: a
 * number costs its bytes and nothing else, and no turn ever copies the whole.
 */
export class NumberQueue {
  readonly #make: () => Numbers;
  #chunks: Numbers[] = [];
  /** The place of the first number of the first chunk. */
  #base = 0;
  /** The oldest place that is still there, and the next one. */
  first = 0;
  end = 0;

  constructor(make: (length: number) => Numbers) {
    this.#make = () => make(chunkLength);
  }

  push(value: number): void {
    const at = this.end - this.#base;
    if (at === this.#chunks.length * chunkLength) this.#chunks.push(this.#make());
    (this.#chunks[Math.floor(at / chunkLength)] as Numbers)[at % chunkLength] = value;
    this.end += 1;
  }

  at(place: number): number {
    invariant(place >= this.first && place < this.end, `place ${place} is not in [${this.first}, ${this.end})`);
    const at = place - this.#base;
    return (this.#chunks[Math.floor(at / chunkLength)] as Numbers)[at % chunkLength] as number;
  }

  /** Drops what is before `place`. */
  dropTo(place: number): void {
    this.first = Math.min(Math.max(this.first, place), this.end);
    let gone = 0;
    while (this.#base + (gone + 1) * chunkLength <= this.first) gone += 1;
    if (gone === 0) return;
    this.#chunks.splice(0, gone);
    this.#base += gone * chunkLength;
  }
}
