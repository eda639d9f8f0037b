/** SHA-1 (RFC 3174), as the WebSocket handshake asks for it. Not for anything that must resist an attacker. */
export function sha1(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const words = paddedWords(message);
  const state = new Uint32Array([0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0]);
  const schedule = new Uint32Array(80);
  for (let block = 0; block < words.length; block += 16) mixBlock(state, schedule, words, block);
  const digest = new Uint8Array(20);
  const view = new DataView(digest.buffer);
  state.forEach((word, i) => {
    view.setUint32(i * 4, word);
  });
  return digest;
}

function paddedWords(message: Uint8Array): Uint32Array {
  const size = ((message.length + 8) >> 6) * 64 + 64;
  const padded = new Uint8Array(size);
  padded.set(message);
  padded[message.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(size - 8, Math.floor(message.length / 0x2000_0000));
  view.setUint32(size - 4, (message.length << 3) >>> 0);
  return Uint32Array.from({ length: size / 4 }, (_, i) => view.getUint32(i * 4));
}

const rotate = (x: number, by: number): number => ((x << by) | (x >>> (32 - by))) >>> 0;

function mixBlock(state: Uint32Array, w: Uint32Array, words: Uint32Array, block: number): void {
  const word = (i: number): number => w[i] as number;
  for (let i = 0; i < 16; i++) w[i] = words[block + i] as number;
  for (let i = 16; i < 80; i++) w[i] = rotate(word(i - 3) ^ word(i - 8) ^ word(i - 14) ^ word(i - 16), 1);
  let [a = 0, b = 0, c = 0, d = 0, e = 0] = state;
  for (let i = 0; i < 80; i++) {
    const [f, k] = round(i, b, c, d);
    const next = (rotate(a, 5) + f + e + k + word(i)) >>> 0;
    e = d;
    d = c;
    c = rotate(b, 30);
    b = a;
    a = next;
  }
  [a, b, c, d, e].forEach((value, i) => {
    state[i] = ((state[i] as number) + value) >>> 0;
  });
}

function round(i: number, b: number, c: number, d: number): readonly [number, number] {
  if (i < 20) return [(b & c) | (~b & d), 0x5a827999];
  if (i < 40) return [b ^ c ^ d, 0x6ed9eba1];
  if (i < 60) return [(b & c) | (b & d) | (c & d), 0x8f1bbcdc];
  return [b ^ c ^ d, 0xca62c1d6];
}
