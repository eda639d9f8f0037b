import { fromBase64, fromUtf8, isJsonObject } from '@trireme/base';
import type { ImageAuth } from '@trireme/ports';
import type { Secret } from '@trireme/schema/types/core/v1';
import { parseImageReference } from './image-reference.ts';

/** The credentials of these pull secrets that fit an image, best match first. A secret that cannot be read is passed over. */
export function credentialsFor(image: string, secrets: readonly Secret[]): readonly ImageAuth[] {
  const reference = parseImageReference(image);
  if (!reference) return [];
  const wanted = `${reference.registry}/${reference.repository}`;
  const found: { readonly key: string; readonly auth: ImageAuth }[] = [];
  for (const secret of secrets) {
    for (const [key, entry] of Object.entries(entriesOf(secret))) {
      const auth = authOf(entry);
      const name = registryKey(key);
      if (auth && matches(name, wanted)) found.push({ key: name, auth });
    }
  }
  return found.sort((a, b) => b.key.length - a.key.length).map(({ auth }) => auth);
}

function entriesOf(secret: Secret): Readonly<Record<string, unknown>> {
  const current = secret.data?.['.dockerconfigjson'];
  const legacy = secret.data?.['.dockercfg'];
  try {
    const parsed: unknown = JSON.parse(fromUtf8(fromBase64(current ?? legacy ?? '') ?? new Uint8Array(0)));
    const entries = current !== undefined && isJsonObject(parsed) ? parsed.auths : parsed;
    return isJsonObject(entries) ? entries : {};
  } catch {
    return {};
  }
}

function authOf(entry: unknown): ImageAuth | undefined {
  if (!isJsonObject(entry)) return undefined;
  const { username, password, auth } = entry;
  if (typeof username === 'string' && typeof password === 'string') return { username, password };
  if (typeof auth !== 'string') return undefined;
  const text = fromUtf8(fromBase64(auth) ?? new Uint8Array(0));
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

// 'https://index.docker.io/v1/' is how the default registry is written by older clients.
function registryKey(key: string): string {
  const bare = key.replace(/^https?:\/\//, '').replace(/\/(v1|v2)?\/?$/, '');
  return bare.replace(/^(index\.docker\.io|registry-1\.docker\.io)/, 'docker.io');
}

/** A '*' stands for one part of the host; a path matches what begins with it. */
function matches(key: string, wanted: string): boolean {
  const [keyHost = '', ...keyPath] = key.split('/');
  const [host = '', ...path] = wanted.split('/');
  const globs = keyHost.split('.');
  const parts = host.split('.');
  if (globs.length !== parts.length) return false;
  const hostMatches = globs.every((glob, i) => glob === '*' || glob === parts[i]);
  return hostMatches && keyPath.every((segment, i) => segment === path[i]);
}
