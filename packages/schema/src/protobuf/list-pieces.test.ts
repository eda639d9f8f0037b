import { concatBytes } from '@trireme/base';
import { expect, test } from 'vitest';
import { builtinTypes } from '../type-table.ts';
import { protobufListPieces } from './list-pieces.ts';
import { encodeProtobuf } from './protobuf.ts';

test('a list of encoded objects has the bytes of the list encoded at once', () => {
  const header = { apiVersion: 'v1', kind: 'PodList', metadata: { resourceVersion: '12', continue: 'x'.repeat(200) } };
  const items = ['a', 'b'].map((name) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { containers: [] },
  }));
  const pieces = protobufListPieces(
    builtinTypes,
    header,
    items.map((item) => encodeProtobuf(builtinTypes, item)),
  );
  expect(concatBytes(pieces)).toEqual(encodeProtobuf(builtinTypes, { ...header, items }));
});
