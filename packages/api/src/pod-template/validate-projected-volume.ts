import { type FieldPath, fieldErrors } from '@trireme/api-machinery';
import type {
  ProjectedVolumeSource,
  ServiceAccountTokenProjection,
  VolumeProjection,
} from '@trireme/schema/types/core/v1';
import { type Findings, mustBeSet, mustDescendUnreserved } from '../field-rules.ts';
import { validateDownwardFile, validateItems, validateMode } from './validate-volume-files.ts';

const shortestTokenSeconds = 10 * 60;
const longestTokenSeconds = 2 ** 32;

function* validateToken(token: ServiceAccountTokenProjection, path: FieldPath): Findings {
  const seconds = token.expirationSeconds;
  if (seconds !== undefined && seconds < shortestTokenSeconds) {
    const message = 'may not specify a duration less than 10 minutes';
    yield fieldErrors.invalid(path.child('expirationSeconds'), seconds, message);
  }
  if (seconds !== undefined && seconds > longestTokenSeconds) {
    const message = 'may not specify a duration larger than 2^32 seconds';
    yield fieldErrors.invalid(path.child('expirationSeconds'), seconds, message);
  }
  yield* mustBeSet(path.child('path'), token.path);
  if (token.path) yield* mustDescendUnreserved(path.child('path'), token.path);
}

function* validateOne(name: keyof VolumeProjection, source: VolumeProjection, path: FieldPath): Findings {
  if (name === 'secret' || name === 'configMap') {
    yield* mustBeSet(path.child('name'), source[name]?.name);
    yield* validateItems(source[name]?.items, path.child('items'));
  } else if (name === 'downwardAPI') {
    for (const [i, file] of (source.downwardAPI?.items ?? []).entries()) {
      yield* validateDownwardFile(file, path.child('items').index(i));
    }
  } else if (name === 'serviceAccountToken' && source.serviceAccountToken) {
    yield* validateToken(source.serviceAccountToken, path);
  }
}

/** The files that a source writes under names of its own choosing. */
function pathsOf(source: VolumeProjection): readonly string[] {
  const items = source.secret?.items ?? source.configMap?.items ?? source.downwardAPI?.items ?? [];
  const token = source.serviceAccountToken?.path;
  return [...items.map((item) => item.path), ...(token ? [token] : [])];
}

export function* validateProjected(volume: ProjectedVolumeSource, path: FieldPath): Findings {
  yield* validateMode(volume.defaultMode, path.child('defaultMode'));
  const taken = new Set<string>();
  for (const [i, source] of (volume.sources ?? []).entries()) {
    const sourcePath = path.child('sources').index(i);
    const names = (Object.keys(source) as (keyof VolumeProjection)[]).filter((name) => source[name] !== undefined);
    for (const [at, name] of names.entries()) {
      if (at > 0) yield fieldErrors.forbidden(sourcePath.child(name), 'may not specify more than 1 volume type');
      else yield* validateOne(name, source, sourcePath.child(name));
    }
    if (names.length === 0) yield fieldErrors.required(sourcePath, 'must specify a volume type');
    for (const file of pathsOf(source)) {
      if (taken.has(file)) {
        const name = source.secret?.name ?? source.configMap?.name ?? file;
        yield fieldErrors.invalid(path, name, 'conflicting duplicate paths');
      }
      taken.add(file);
    }
  }
}
