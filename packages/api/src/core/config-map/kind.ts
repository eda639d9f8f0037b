import { fieldErrors, fieldPath } from '@trireme/api-machinery';
import { utf8 } from '@trireme/base';
import { configmaps } from '@trireme/schema/resources';
import type { ConfigMap } from '@trireme/schema/types/core/v1';
import { ageColumn, nameColumn } from '../../cells.ts';
import { defineColumns } from '../../define-columns.ts';
import { defineKind } from '../../define-kind.ts';
import type { Findings } from '../../field-rules.ts';
import type { Kind } from '../../kind.ts';
import { decodedLength, maxContentBytes, validateKeys, validateSeal } from '../keyed-data.ts';

function* validate({ data = {}, binaryData = {} }: ConfigMap): Findings {
  yield* validateKeys(data, 'data');
  yield* validateKeys(binaryData, 'binaryData');
  for (const key of Object.keys(data)) {
    if (binaryData[key] === undefined) continue;
    yield fieldErrors.invalid(fieldPath('data').key(key), key, 'duplicate of key present in binaryData');
  }
  let sizeBytes = 0;
  for (const text of Object.values(data)) sizeBytes += utf8(text).length;
  for (const text of Object.values(binaryData)) sizeBytes += decodedLength(text);
  // The finding is about the object as a whole, whose path upstream prints as '[]'.
  if (sizeBytes > maxContentBytes) yield fieldErrors.tooLong('[]', maxContentBytes);
}

export const configMapKind: Kind<ConfigMap> = defineKind({
  ref: configmaps,
  typeId: 'api.core.v1.ConfigMap',
  shortNames: ['cm'],
  validate: (map) => [...validate(map)],
  validateUpdate: (map, old) => validateSeal(map, old, ['data', 'binaryData']),
  ...defineColumns<ConfigMap>([
    nameColumn,
    {
      name: 'Data',
      description: 'How many keys it has.',
      cell: ({ data, binaryData }) => Object.keys(data ?? {}).length + Object.keys(binaryData ?? {}).length,
    },
    ageColumn,
  ]),
});
