const chunkBytes = 8 << 10;
const largest = 2 << 10;

/**
 * Copies for readers. Small ones share a chunk of 8 KiB: an array buffer of its own for each would take several times as
 * long to make. A reader that keeps a value keeps no more than that chunk alive.
 */
export class Handout {
  #chunk = new Uint8Array(0);
  #used = 0;

  copy(bytes: Uint8Array, from: number, to: number): Uint8Array<ArrayBuffer> {
    const length = to - from;
    if (length > largest) return bytes.slice(from, to) as Uint8Array<ArrayBuffer>;
    if (this.#used + length > this.#chunk.length) {
      this.#chunk = new Uint8Array(chunkBytes);
      this.#used = 0;
    }
    const copy = new Uint8Array(this.#chunk.buffer, this.#used, length);
    copy.set(bytes.subarray(from, to));
    this.#used += length;
    return copy;
  }
}
