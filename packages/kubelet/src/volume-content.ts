import { type Bytes, fromBase64, utf8 } from '@trireme/base';
import type {
  ConfigMap,
  DownwardAPIVolumeFile,
  KeyToPath,
  Pod,
  Secret,
  ServiceAccountTokenProjection,
  Volume,
  VolumeProjection,
} from '@trireme/schema/types/core/v1';
import { type DownwardFacts, fieldValue, resourceFieldValue } from './downward-api.ts';
import { findContainer } from './identity.ts';

/** A file of a volume that the kubelet writes: relative path, permission bits, content. */
export interface VolumeFile {
  readonly mode: number;
  readonly content: Bytes;
}

export interface VolumeSources {
  readonly configMaps: ReadonlyMap<string, ConfigMap>;
  readonly secrets: ReadonlyMap<string, Secret>;
  /** By the path of the projection. */
  readonly tokens: ReadonlyMap<string, string>;
  readonly facts: DownwardFacts;
}

export type VolumeContent =
  | { readonly files: ReadonlyMap<string, VolumeFile>; readonly problem?: undefined }
  | { readonly problem: string };

type Optional = boolean | undefined;

/** The sources of a volume in the form that projected volumes have; the plain kinds are projections of one source. */
export function projectionsOf(volume: Volume): readonly VolumeProjection[] {
  if (volume.projected) return volume.projected.sources ?? [];
  if (volume.configMap) return [{ configMap: volume.configMap }];
  if (volume.secret) {
    const { secretName, items, optional } = volume.secret;
    return [{ secret: { name: secretName, items, optional } }];
  }
  return volume.downwardAPI ? [{ downwardAPI: volume.downwardAPI }] : [];
}

export function tokenProjectionsOf(volume: Volume): readonly ServiceAccountTokenProjection[] {
  return projectionsOf(volume).flatMap(({ serviceAccountToken }) => (serviceAccountToken ? [serviceAccountToken] : []));
}

export function volumeContent(pod: Pod, volume: Volume, sources: VolumeSources): VolumeContent {
  const defaultMode =
    (volume.projected ?? volume.configMap ?? volume.secret ?? volume.downwardAPI)?.defaultMode ?? 0o644;
  const files = new Map<string, VolumeFile>();
  for (const projection of projectionsOf(volume)) {
    const problem = addProjection(files, pod, projection, sources, defaultMode);
    if (problem !== undefined) return { problem };
  }
  return { files };
}

function addProjection(
  files: Map<string, VolumeFile>,
  pod: Pod,
  projection: VolumeProjection,
  sources: VolumeSources,
  defaultMode: number,
): string | undefined {
  const { configMap, secret, downwardAPI, serviceAccountToken } = projection;
  if (configMap) {
    const { name = '', items, optional } = configMap;
    const object = sources.configMaps.get(name);
    if (!object) return optional ? undefined : `configmap "${name}" not found`;
    return addKeys(files, configMapBytes(object), items, optional, defaultMode, 'config');
  }
  if (secret) {
    const { name = '', items, optional } = secret;
    const object = sources.secrets.get(name);
    if (!object) return optional ? undefined : `secret "${name}" not found`;
    return addKeys(files, secretBytes(object), items, optional, defaultMode, 'secret');
  }
  if (serviceAccountToken) {
    const token = sources.tokens.get(serviceAccountToken.path);
    if (token === undefined) return `failed to fetch token: no token for path ${serviceAccountToken.path}`;
    // Whoever the containers run as must be able to read it.
    files.set(serviceAccountToken.path, { mode: tokenMode(pod), content: utf8(token) });
    return undefined;
  }
  for (const item of downwardAPI?.items ?? []) {
    const text = downwardText(pod, item, sources.facts);
    if (text === undefined) return `unsupported downward API item for path ${item.path}`;
    files.set(item.path, { mode: item.mode ?? defaultMode, content: utf8(text) });
  }
  return undefined;
}

function addKeys(
  files: Map<string, VolumeFile>,
  data: ReadonlyMap<string, Bytes>,
  items: readonly KeyToPath[] | undefined,
  optional: Optional,
  defaultMode: number,
  what: 'config' | 'secret',
): string | undefined {
  if (!items?.length) {
    for (const [key, content] of data) files.set(key, { mode: defaultMode, content });
    return undefined;
  }
  for (const { key, path, mode } of items) {
    const content = data.get(key);
    if (content) files.set(path, { mode: mode ?? defaultMode, content });
    else if (!optional) return `references non-existent ${what} key: ${key}`;
  }
  return undefined;
}

function configMapBytes({ data, binaryData }: ConfigMap): ReadonlyMap<string, Bytes> {
  return new Map([
    ...Object.entries(data ?? {}).map(([key, text]): [string, Bytes] => [key, utf8(text)]),
    ...base64Entries(binaryData),
  ]);
}

function secretBytes({ data }: Secret): ReadonlyMap<string, Bytes> {
  return new Map(base64Entries(data));
}

function base64Entries(data: Readonly<Record<string, string>> | undefined): readonly [string, Bytes][] {
  return Object.entries(data ?? {}).map(([key, text]) => [key, fromBase64(text) ?? new Uint8Array(0)]);
}

function tokenMode(pod: Pod): number {
  const { fsGroup } = pod.spec.securityContext ?? {};
  return fsGroup === undefined ? 0o644 : 0o640;
}

function downwardText(pod: Pod, item: DownwardAPIVolumeFile, facts: DownwardFacts): string | undefined {
  if (item.fieldRef) return fieldValue(pod, item.fieldRef.fieldPath, facts);
  if (!item.resourceFieldRef) return undefined;
  const container = findContainer(pod, item.resourceFieldRef.containerName ?? '')?.container;
  return container && resourceFieldValue(container, item.resourceFieldRef, facts);
}
