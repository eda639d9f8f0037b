import { type ImageInfo, RuntimeError, type RuntimeErrorCode, sleep } from '@trireme/ports';
import type { ImageBehaviour } from './behaviour.ts';
import { fakeDigest, type World } from './world.ts';

const megabyte = 1024 * 1024;

/** The full name of an image as registries know it: 'busybox' is 'docker.io/library/busybox:latest'. */
export function fullImageName(image: string): string {
  const slash = image.indexOf('/');
  const first = slash < 0 ? '' : image.slice(0, slash);
  const named = first.includes('.') || first.includes(':') || first === 'localhost';
  const path = named ? image : slash < 0 ? `docker.io/library/${image}` : `docker.io/${image}`;
  const last = path.slice(path.lastIndexOf('/') + 1);
  return last.includes(':') || last.includes('@') ? path : `${path}:latest`;
}

/** The behaviour registered for this reference, its name without a tag included; also for an image id. */
export function behaviourOf(world: World, image: string): ImageBehaviour | undefined {
  const full = nameOf(world, image) ?? fullImageName(image);
  const untagged = full.replace(/(@[^/]*|:[^/:]*)$/, '');
  return world.behaviours.get(full) ?? world.behaviours.get(untagged);
}

export function nameOf(world: World, image: string): string | undefined {
  const full = fullImageName(image);
  if (world.images.has(full)) return full;
  for (const name of world.images) if (fakeDigest(name) === image) return name;
  return undefined;
}

/** Names under which a behaviour is found: a name without a tag stands for all its tags. */
export function behaviourKey(image: string): string {
  const full = fullImageName(image);
  return full.endsWith(':latest') && !image.endsWith(':latest') ? full.slice(0, -':latest'.length) : full;
}

export async function pullImage(world: World, image: string): Promise<string> {
  if (!/^[a-z0-9][\w.\-/:@]*$/.test(image)) {
    throw new RuntimeError('image-invalid-name', `failed to parse image name: couldn't parse image name "${image}"`);
  }
  const full = fullImageName(image);
  const behaviour = behaviourOf(world, image);
  await sleep(world.time, behaviour?.pullDelayMs ?? world.delays.pullMs);
  const failure = behaviour?.pullError ?? (behaviour ? undefined : missingImage(world, full));
  if (failure) throw new RuntimeError(failure.code, failure.message);
  world.images.add(full);
  return fakeDigest(full);
}

function missingImage(world: World, full: string): { code: RuntimeErrorCode; message: string } | undefined {
  if (world.missingImages === 'pull') return undefined;
  return {
    code: 'image-not-found',
    message: `failed to pull and unpack image "${full}": failed to resolve reference "${full}": ${full}: not found`,
  };
}

export function imageInfo(world: World, image: string): ImageInfo | undefined {
  const name = nameOf(world, image);
  if (name === undefined) return undefined;
  const behaviour = behaviourOf(world, name);
  const digest = fakeDigest(name);
  const repository = name.replace(/(@[^/]*|:[^/:]*)$/, '');
  return {
    id: digest,
    repoTags: name.includes('@') ? [] : [name],
    repoDigests: [`${repository}@${digest}`],
    sizeBytes: behaviour?.sizeBytes ?? 4 * megabyte,
    uid: behaviour?.uid,
    username: behaviour?.username,
  };
}
