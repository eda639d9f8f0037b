import { type FieldPath, fieldErrors } from '@trireme/api-machinery';
import type { DownwardAPIVolumeFile, KeyToPath } from '@trireme/schema/types/core/v1';
import { type Findings, mustBeSet, mustDescendUnreserved } from '../field-rules.ts';
import { validateFieldRef, validateResourceFieldRef } from './validate-env.ts';

const volumeFieldPaths = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
];
const modeMessage = 'must be a number between 0 and 0777 (octal), both inclusive';

export function* validateMode(mode: number | undefined, path: FieldPath): Findings {
  if (mode !== undefined && (mode < 0 || mode > 0o777)) yield fieldErrors.invalid(path, mode, modeMessage);
}

export function* validateItems(items: readonly KeyToPath[] | undefined, path: FieldPath): Findings {
  for (const [i, item] of (items ?? []).entries()) {
    yield* mustBeSet(path.index(i).child('key'), item.key);
    if (!item.path) yield fieldErrors.required(path.index(i).child('path'));
    else yield* mustDescendUnreserved(path.index(i).child('path'), item.path);
    yield* validateMode(item.mode, path.index(i).child('mode'));
  }
}

export function* validateDownwardFile(file: DownwardAPIVolumeFile, path: FieldPath): Findings {
  yield* mustBeSet(path.child('path'), file.path);
  yield* mustDescendUnreserved(path.child('path'), file.path);
  if (file.fieldRef) {
    yield* validateFieldRef(file.fieldRef, path.child('fieldRef'), volumeFieldPaths);
    if (file.resourceFieldRef) {
      const message = 'fieldRef and resourceFieldRef can not be specified simultaneously';
      yield fieldErrors.invalid(path, 'resource', message);
    }
  } else if (file.resourceFieldRef) {
    yield* validateResourceFieldRef(file.resourceFieldRef, path.child('resourceFieldRef'), true);
  } else yield fieldErrors.required(path, 'one of fieldRef and resourceFieldRef is required');
  yield* validateMode(file.mode, path.child('mode'));
}
