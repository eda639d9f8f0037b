import { fieldErrors, validateImmutable } from '@trireme/api-machinery';
import { toBase64, utf8 } from '@trireme/base';
import { secrets } from '@trireme/schema/resources';
import type { Secret } from '@trireme/schema/types/core/v1';
import { ageColumn, nameColumn } from '../../cells.ts';
import { defineColumns } from '../../define-columns.ts';
import { defineKind } from '../../define-kind.ts';
import type { Findings } from '../../field-rules.ts';
import { fill } from '../../fill.ts';
import type { Kind } from '../../kind.ts';
import { decodedLength, maxContentBytes, validateKeys, validateSeal } from '../keyed-data.ts';
import { validateSecretType } from './validate-type.ts';

/** `stringData` is for writing only: it becomes data, and wins over what data said under the same key. */
function mergeStringData(secret: Secret): Secret {
  const { stringData, ...rest } = secret;
  if (stringData === undefined) return secret;
  const encoded = Object.entries(stringData ?? {}).map(([key, text]) => [key, toBase64(utf8(text))] as const);
  return encoded.length === 0 ? rest : { ...rest, data: { ...rest.data, ...Object.fromEntries(encoded) } };
}

function* validate(secret: Secret): Findings {
  yield* validateKeys(secret.data, 'data');
  let sizeBytes = 0;
  for (const text of Object.values(secret.data ?? {})) sizeBytes += decodedLength(text);
  if (sizeBytes > maxContentBytes) yield fieldErrors.tooLong('data', maxContentBytes);
  yield* validateSecretType(secret);
}

export const secretKind: Kind<Secret> = defineKind({
  ref: secrets,
  typeId: 'api.core.v1.Secret',
  defaults: (secret) => fill(mergeStringData(secret), { type: 'Opaque' }),
  normalize: mergeStringData,
  validate: (secret) => [...validate(secret)],
  validateUpdate: (secret, old) => [
    ...validateImmutable(secret.type, old.type, 'type'),
    ...validateSeal(secret, old, ['data']),
  ],
  selectableFields: ({ type }) => ({ type: type ?? '' }),
  ...defineColumns<Secret>([
    nameColumn,
    { name: 'Type', description: 'What its keys mean.', cell: ({ type }) => type ?? '' },
    { name: 'Data', description: 'How many keys it has.', cell: ({ data }) => Object.keys(data ?? {}).length },
    ageColumn,
  ]),
});
