import { type FieldPath, fieldErrors } from '@trireme/api-machinery';
import type { Container, Volume, VolumeDevice, VolumeMount } from '@trireme/schema/types/core/v1';
import { type Findings, mustBeOneOfIfSet, mustBeSet, mustDescend } from '../field-rules.ts';

const propagations = ['Bidirectional', 'HostToContainer', 'None'];

function* validateSubPath(mount: VolumeMount, path: FieldPath, itemPath: FieldPath): Findings {
  if (mount.subPath) yield* mustDescend(path.child('subPath'), mount.subPath);
  if (!mount.subPathExpr) return;
  if (mount.subPath) {
    const message = 'subPathExpr and subPath are mutually exclusive';
    yield fieldErrors.invalid(itemPath.child('subPathExpr'), mount.subPathExpr, message);
  }
  yield* mustDescend(path.child('subPathExpr'), mount.subPathExpr);
}

function* validatePropagation(mount: VolumeMount, container: Container, path: FieldPath): Findings {
  if (mount.mountPropagation === undefined) return;
  yield* mustBeOneOfIfSet(path, mount.mountPropagation, propagations);
  if (mount.mountPropagation === 'Bidirectional' && container.securityContext?.privileged !== true) {
    yield fieldErrors.forbidden(path, 'Bidirectional mount propagation is available only to privileged containers');
  }
}

function* validateRecursiveReadOnly(mount: VolumeMount, path: FieldPath): Findings {
  const wanted = mount.recursiveReadOnly;
  if (wanted === undefined || wanted === 'Disabled') return;
  if (wanted !== 'Enabled' && wanted !== 'IfPossible') {
    yield fieldErrors.notSupported(path, wanted, ['Disabled', 'Enabled', 'IfPossible']);
    return;
  }
  if (!mount.readOnly) {
    yield fieldErrors.forbidden(path, 'may only be specified when readOnly is true');
  }
  if (mount.mountPropagation !== undefined && mount.mountPropagation !== 'None') {
    const message = 'may only be specified when mountPropagation is None or not specified';
    yield fieldErrors.forbidden(path, message);
  }
}

/** Mounts must name a volume of the pod and not share a place with each other or with a device. */
export function* validateMounts(container: Container, volumes: ReadonlyMap<string, Volume>, path: FieldPath): Findings {
  const places = new Set<string>();
  const devices = container.volumeDevices ?? [];
  for (const [i, mount] of (container.volumeMounts ?? []).entries()) {
    const item = path.index(i);
    yield* mustBeSet(item.child('name'), mount.name);
    if (!volumes.has(mount.name)) yield fieldErrors.notFound(item.child('name'), mount.name);
    yield* mustBeSet(item.child('mountPath'), mount.mountPath);
    if (places.has(mount.mountPath)) {
      yield fieldErrors.invalid(item.child('mountPath'), mount.mountPath, 'must be unique');
    }
    places.add(mount.mountPath);
    if (devices.some((device) => device.name === mount.name)) {
      yield fieldErrors.invalid(item.child('name'), mount.name, 'must not already exist in volumeDevices');
    }
    if (devices.some((device) => device.devicePath === mount.mountPath)) {
      const message = 'must not already exist as a path in volumeDevices';
      yield fieldErrors.invalid(item.child('mountPath'), mount.mountPath, message);
    }
    yield* validateSubPath(mount, path, item);
    yield* validatePropagation(mount, container, path.child('mountPropagation'));
    yield* validateRecursiveReadOnly(mount, path.child('recursiveReadOnly'));
  }
}

export function* validateDevices(
  container: Container,
  volumes: ReadonlyMap<string, Volume>,
  path: FieldPath,
): Findings {
  const names = new Set<string>();
  const places = new Set<string>();
  const mounts = container.volumeMounts ?? [];
  for (const [i, device] of (container.volumeDevices ?? []).entries()) {
    const [name, place] = [path.index(i).child('name'), path.index(i).child('devicePath')];
    yield* mustBeSet(name, device.name);
    if (names.has(device.name)) yield fieldErrors.invalid(name, device.name, 'must be unique');
    yield* validateDeviceVolume(device, volumes, name);
    yield* mustBeSet(place, device.devicePath);
    if (places.has(device.devicePath)) yield fieldErrors.invalid(place, device.devicePath, 'must be unique');
    if (device.devicePath.split('/').includes('..')) {
      yield fieldErrors.invalid(place, device.devicePath, "can not contain backsteps ('..')");
    } else places.add(device.devicePath);
    if (mounts.some((mount) => mount.name === device.name)) {
      yield fieldErrors.invalid(name, device.name, 'must not already exist in volumeMounts');
    }
    if (mounts.some((mount) => mount.mountPath === device.devicePath)) {
      yield fieldErrors.invalid(place, device.devicePath, 'must not already exist as a path in volumeMounts');
    }
    names.add(device.name);
  }
}

function* validateDeviceVolume(device: VolumeDevice, volumes: ReadonlyMap<string, Volume>, path: FieldPath): Findings {
  const volume = volumes.get(device.name);
  if (!volume) yield fieldErrors.notFound(path, device.name);
  else if (!volume.persistentVolumeClaim && !volume.ephemeral) {
    const message = 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode';
    yield fieldErrors.invalid(path, device.name, message);
  }
}
