import type {
  AzureDiskVolumeSource,
  DownwardAPIVolumeFile,
  RBDVolumeSource,
  Volume,
  VolumeProjection,
} from '@trireme/schema/types/core/v1';
import { chain, each, fill, over } from '../fill.ts';
import { canonicalAmount } from '../quantity-rules.ts';
import { pullPolicyOf } from './image-name.ts';

/** 0644. */
const defaultMode = 0o644;

const defaultDownwardFile = (file: DownwardAPIVolumeFile): DownwardAPIVolumeFile =>
  over(file, 'fieldRef', (ref) => fill(ref, { apiVersion: 'v1' }));

const defaultProjection = chain<VolumeProjection>(
  (p) => over(p, 'downwardAPI', (source) => over(source, 'items', each(defaultDownwardFile))),
  (p) => over(p, 'serviceAccountToken', (token) => fill(token, { expirationSeconds: 3600 })),
);

const defaultAzureDisk = (disk: AzureDiskVolumeSource): AzureDiskVolumeSource =>
  fill(disk, { cachingMode: 'ReadWrite', kind: 'Shared', fsType: 'ext4', readOnly: false });

const defaultRbd = (rbd: RBDVolumeSource): RBDVolumeSource =>
  fill(rbd, { pool: 'rbd', user: 'admin', keyring: '/etc/ceph/keyring' });

/** A volume that names no source is an empty directory. */
function defaultSource(volume: Volume): Volume {
  const hasSource = Object.entries(volume).some(([key, value]) => key !== 'name' && value !== undefined);
  return hasSource ? volume : { ...volume, emptyDir: {} };
}

export const defaultVolume: (volume: Volume) => Volume = chain<Volume>(
  defaultSource,
  (v) => over(v, 'emptyDir', (source) => over(source, 'sizeLimit', canonicalAmount)),
  (v) => over(v, 'secret', (source) => fill(source, { defaultMode })),
  (v) => over(v, 'configMap', (source) => fill(source, { defaultMode })),
  (v) => over(v, 'downwardAPI', (source) => over(fill(source, { defaultMode }), 'items', each(defaultDownwardFile))),
  (v) => over(v, 'projected', (source) => over(fill(source, { defaultMode }), 'sources', each(defaultProjection))),
  (v) => over(v, 'hostPath', (source) => (source.type === undefined ? { ...source, type: '' as const } : source)),
  (v) => over(v, 'image', (source) => fill(source, { pullPolicy: pullPolicyOf(source.reference ?? '') })),
  (v) => over(v, 'iscsi', (source) => fill(source, { iscsiInterface: 'default' })),
  (v) => over(v, 'rbd', defaultRbd),
  (v) => over(v, 'azureDisk', defaultAzureDisk),
  (v) => over(v, 'scaleIO', (source) => fill(source, { storageMode: 'ThinProvisioned', fsType: 'xfs' })),
  (v) =>
    over(v, 'ephemeral', (source) =>
      over(source, 'volumeClaimTemplate', (claim) =>
        over(claim, 'spec', (spec) => fill(spec, { volumeMode: 'Filesystem' })),
      ),
    ),
);
