import { type Bytes, compareBytes, concatBytes, fromUtf8, utf8 } from '@trireme/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketRoot, type Elements, openDatabase, type Read, readBucket } from './database-reader.ts';
import { createDatabaseWriter } from './database-writer.ts';
import { SnapshotFileError } from './snapshot-file-error.ts';

type Entries = readonly (readonly [key: Bytes, value: Bytes])[];
type Buckets = ReadonlyMap<string, Entries>;

function write(buckets: Buckets, pageBytes = 4096): Bytes {
  const parts: Bytes[] = [];
  const measured = createDatabaseWriter({ pageBytes });
  for (const [name, entries] of buckets) {
    const tree = measured.bucket(name);
    for (const [key, value] of entries) tree.put(key, value.length);
  }
  const layout = measured.finish();
  const writer = createDatabaseWriter({ pageBytes, write: (pages) => parts.push(pages) });
  for (const [name, entries] of buckets) {
    const tree = writer.bucket(name);
    for (const [key, value] of entries) tree.put(key, value);
  }
  expect(writer.finish()).toEqual(layout);
  const file = concatBytes([layout.head, ...parts]);
  expect(file.length).toBe(layout.sizeBytes);
  return file;
}

/** Answers reads until the next elements, or the end. Counts them, so that a reader that never ends is found. */
function drive<T>(file: Bytes, reader: Generator<Read | Elements, T, Bytes>, found?: (elements: Elements) => void): T {
  let step = reader.next();
  for (let reads = 0; !step.done; reads++) {
    if (reads > 10 + file.length / 64) throw new Error('it reads and reads');
    if (step.value.type === 'elements') {
      found?.(step.value);
      step = reader.next(new Uint8Array(0));
    } else step = reader.next(file.subarray(step.value.offset, step.value.offset + step.value.length));
  }
  return step.value;
}

function read(file: Bytes): Buckets {
  const database = drive(file, openDatabase(file.length));
  const buckets = new Map<string, Entries>();
  const roots: [string, ReturnType<typeof bucketRoot>][] = [];
  drive(file, readBucket(database, database.root), ({ elements, place }) => {
    for (const element of elements) roots.push([fromUtf8(element.key), bucketRoot(element, place)]);
  });
  for (const [name, root] of roots) {
    const entries: [Bytes, Bytes][] = [];
    drive(file, readBucket(database, root), ({ elements }) => {
      for (const { key, value } of elements) entries.push([key, value]);
    });
    buckets.set(name, entries);
  }
  return buckets;
}

const text = (buckets: Buckets): unknown =>
  [...buckets].map(([name, entries]) => [
    name,
    entries.map((pair) => pair.map((bytes) => Buffer.from(bytes).toString('hex'))),
  ]);

const entriesOf = (keyBytes: number, valueBytes: number, maxLength: number): fc.Arbitrary<Entries> =>
  fc
    .uniqueArray(
      fc.tuple(
        fc.uint8Array({ minLength: 1, maxLength: keyBytes, size: 'max' }),
        fc.nat(valueBytes).map((length) => new Uint8Array(length).fill(length)),
      ),
      { maxLength, size: 'max', selector: ([key]) => Buffer.from(key).toString('hex') },
    )
    .map((entries) => entries.sort(([a], [b]) => compareBytes(a, b)));

describe('database', () => {
  it('reads what was written, whatever the sizes of keys, values and pages', () => {
    const entries = fc.oneof(entriesOf(12, 40, 400), entriesOf(400, 30, 60), entriesOf(8, 9000, 8));
    const cases = fc.tuple(
      fc.dictionary(fc.string({ minLength: 1, maxLength: 30 }), entries, { maxKeys: 5 }),
      fc.constantFrom(512, 1024, 4096),
    );
    fc.assert(
      fc.property(cases, ([buckets, pageBytes]) => {
        const sorted = new Map(Object.entries(buckets).sort(([a], [b]) => compareBytes(utf8(a), utf8(b))));
        const file = write(sorted, pageBytes);
        expect(file.length % pageBytes).toBe(0);
        expect(text(read(file))).toEqual(text(sorted));
      }),
      { numRuns: 150 },
    );
  });

  it('stays shallow: a page is filled before the next one begins', () => {
    const entries = Array.from({ length: 20_000 }, (_, i): [Bytes, Bytes] => {
      const key = new Uint8Array(17);
      new DataView(key.buffer).setUint32(4, i);
      return [key, new Uint8Array(67)];
    });
    // 40 elements of 100 bytes fit into a page.
    expect(write(new Map([['key', entries]])).length).toBeLessThan((20_000 / 40) * 4096 * 1.02 + 4 * 4096);
  });

  it('refuses keys that are out of order', () => {
    const tree = createDatabaseWriter({ pageBytes: 4096 }).bucket('key');
    tree.put(utf8('b'), 1);
    expect(() => tree.put(utf8('b'), 1)).toThrow('in their order');
  });
});

describe('a damaged database', () => {
  const key = (i: number): Bytes => utf8(`key-${String(i).padStart(4, '0')}`);
  const file = write(
    new Map([
      ['a', Array.from({ length: 300 }, (_, i) => [key(i), new Uint8Array(20).fill(i)] as const)],
      ['b', [[utf8('large'), new Uint8Array(3000)]]],
      ['c', [[utf8('small'), utf8('value')]]],
    ]),
    512,
  );

  it('is told by code and place, and never read for ever', () => {
    const damage = fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
    const whole = text(read(file));
    let found = 0;
    fc.assert(
      fc.property(damage, (places) => {
        const copy = file.slice();
        for (const [at, byte] of places) copy[at] = byte;
        try {
          // Only the sum finds a value that has become another one; the structure must hold or be refused.
          expect(JSON.stringify(text(read(copy))).length).toBeLessThan(4 * JSON.stringify(whole).length);
        } catch (error) {
          expect(error).toBeInstanceOf(SnapshotFileError);
          expect((error as SnapshotFileError).offset).toBeTypeOf('number');
          found += 1;
        }
      }),
      { numRuns: 2000 },
    );
    expect(found).toBeGreaterThan(100);
  });

  it.each([
    ['cut off in a page', (copy: Bytes) => copy.subarray(0, copy.length - 100), 'the file ends at'],
    ['empty', () => new Uint8Array(0), 'no bbolt database begins here'],
    ['of zeros', (copy: Bytes) => new Uint8Array(copy.length), 'no bbolt database begins here'],
    ['one whose first meta is broken', (copy: Bytes) => copy.fill(0, 16, 80), undefined],
    ['one whose second meta is broken', (copy: Bytes) => copy.fill(0, 528, 600), undefined],
  ])('%s', (_name, break_, expected) => {
    const broken = break_(file.slice());
    if (expected) expect(() => read(broken)).toThrow(expected);
    else expect(text(read(broken))).toEqual(text(read(file)));
  });

  it('in which a branch leads back to itself, or twice to one page', () => {
    const branch = findPage(file, 0x01);
    const view = new DataView(file.buffer, file.byteOffset);
    for (const target of [branch, 3]) {
      const copy = file.slice();
      const into = new DataView(copy.buffer);
      const count = view.getUint16(branch * 512 + 10, true);
      for (let i = 0; i < count; i++) into.setUint32(branch * 512 + 16 + i * 16 + 8, target, true);
      expect(() => read(copy)).toThrow(SnapshotFileError);
    }
  });
});

function findPage(file: Bytes, flags: number): number {
  const view = new DataView(file.buffer, file.byteOffset);
  for (let page = 3; page * 512 < file.length; page++)
    if (view.getUint16(page * 512 + 8, true) === flags && view.getUint32(page * 512, true) === page) return page;
  throw new Error('no such page');
}
