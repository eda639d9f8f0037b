import { dnsLabelErrors, type FieldPath, fieldErrors } from '@trireme/api-machinery';
import type {
  EmptyDirVolumeSource,
  HostPathVolumeSource,
  NFSVolumeSource,
  PersistentVolumeClaimVolumeSource,
  SecretVolumeSource,
  Volume,
} from '@trireme/schema/types/core/v1';
import {
  type Findings,
  mustBeBetween,
  mustBeOneOfIfSet,
  mustBeSet,
  mustBeSetAndFit,
  mustDescendUnreserved,
  mustNotStepBack,
} from '../field-rules.ts';
import { isNegativeQuantity } from '../quantity-rules.ts';
import { validateProjected } from './validate-projected-volume.ts';
import { validateDownwardFile, validateItems, validateMode } from './validate-volume-files.ts';

const hostPathTypes = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
];

function* validateEmptyDir(source: EmptyDirVolumeSource, path: FieldPath): Findings {
  if (source.sizeLimit !== undefined && isNegativeQuantity(source.sizeLimit)) {
    yield fieldErrors.forbidden(path.child('sizeLimit'), 'SizeLimit field must be a valid resource quantity');
  }
}

function* validateHostPath(source: HostPathVolumeSource, path: FieldPath): Findings {
  if (!source.path) {
    yield fieldErrors.required(path.child('path'));
    return;
  }
  yield* mustNotStepBack(path.child('path'), source.path);
  yield* mustBeOneOfIfSet(path.child('type'), source.type, hostPathTypes);
}

function* validateSecret(source: SecretVolumeSource, path: FieldPath): Findings {
  yield* mustBeSet(path.child('secretName'), source.secretName);
  yield* validateMode(source.defaultMode, path.child('defaultMode'));
  yield* validateItems(source.items, path.child('items'));
}

function* validateNfs(source: NFSVolumeSource, path: FieldPath): Findings {
  yield* mustBeSet(path.child('server'), source.server);
  yield* mustBeSet(path.child('path'), source.path);
  if (!source.path.startsWith('/')) {
    yield fieldErrors.invalid(path.child('path'), source.path, 'must be an absolute path');
  }
}

function* validateClaim(source: PersistentVolumeClaimVolumeSource, path: FieldPath): Findings {
  yield* mustBeSet(path.child('claimName'), source.claimName);
}

type SourceName = Exclude<keyof Volume, 'name'>;
type SourceRules = {
  readonly [K in SourceName]?: (source: NonNullable<Volume[K]>, path: FieldPath) => Findings;
};

/** What each type of volume asks for; a type that is absent here is taken as it comes. */
const sourceRules: SourceRules = {
  emptyDir: validateEmptyDir,
  hostPath: validateHostPath,
  secret: validateSecret,
  nfs: validateNfs,
  persistentVolumeClaim: validateClaim,
  projected: validateProjected,
  *configMap(source, path) {
    yield* mustBeSet(path.child('name'), source.name);
    yield* validateMode(source.defaultMode, path.child('defaultMode'));
    yield* validateItems(source.items, path.child('items'));
  },
  *downwardAPI(source, path) {
    yield* validateMode(source.defaultMode, path.child('defaultMode'));
    for (const [i, file] of (source.items ?? []).entries()) {
      yield* validateDownwardFile(file, path.child('items').index(i));
    }
  },
  *gitRepo(source, path) {
    yield* mustBeSet(path.child('repository'), source.repository);
    if (source.directory) yield* mustDescendUnreserved(path.child('directory'), source.directory);
  },
  *csi(source, path) {
    yield* mustBeSet(path.child('driver'), source.driver);
    if (source.nodePublishSecretRef) {
      yield* mustBeSet(path.child('nodePublishSecretRef', 'name'), source.nodePublishSecretRef.name);
    }
  },
  *ephemeral(source, path) {
    if (!source.volumeClaimTemplate) yield fieldErrors.required(path.child('volumeClaimTemplate'));
  },
  *image(source, path) {
    yield* mustBeOneOfIfSet(path.child('pullPolicy'), source.pullPolicy, ['Always', 'IfNotPresent', 'Never']);
  },
  *iscsi(source, path) {
    yield* mustBeSet(path.child('targetPortal'), source.targetPortal);
    yield* mustBeSet(path.child('iqn'), source.iqn);
    yield* mustBeBetween(path.child('lun'), source.lun, 0, 255);
  },
};

function* validateSource(volume: Volume, path: FieldPath): Findings {
  const names = (Object.keys(volume) as (keyof Volume)[]).filter(
    (key): key is SourceName => key !== 'name' && volume[key] !== undefined,
  );
  for (const [i, name] of names.entries()) {
    if (i > 0) {
      yield fieldErrors.forbidden(path.child(name), 'may not specify more than 1 volume type');
      continue;
    }
    // The rule under a name takes the source under the same name; the compiler cannot follow that through the union.
    const rule = sourceRules[name] as ((source: unknown, path: FieldPath) => Findings) | undefined;
    if (rule) yield* rule(volume[name], path.child(name));
  }
  if (names.length === 0) yield fieldErrors.required(path, 'must specify a volume type');
}

/** Checks the volumes and answers those that mounts may name: the ones without a finding. */
export function* validateVolumes(volumes: readonly Volume[], path: FieldPath, usable: Map<string, Volume>): Findings {
  const names = new Set<string>();
  for (const [i, volume] of volumes.entries()) {
    const findings = [
      ...validateSource(volume, path.index(i)),
      ...mustBeSetAndFit(dnsLabelErrors, path.index(i).child('name'), volume.name),
      ...(names.has(volume.name) ? [fieldErrors.duplicate(path.index(i).child('name'), volume.name)] : []),
    ];
    names.add(volume.name);
    if (findings.length === 0) usable.set(volume.name, volume);
    yield* findings;
  }
}
