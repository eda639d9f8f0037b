import { createHash } from 'node:crypto';
import { createTar, type TarEntry } from './tar.ts';

/** One image of a single layer, under one or more full names. */
export interface LocalImage {
  readonly names: readonly string[];
  readonly files: readonly TarEntry[];
  readonly entrypoint?: readonly string[] | undefined;
  readonly command?: readonly string[] | undefined;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64', arm: 'arm', ia32: '386' };
const epoch = '1970-01-01T00:00:00Z';

/** An OCI image layout (https://github.com/opencontainers/image-spec) as one tar file, as `ctr images import` reads it. */
export function createImageArchive(images: readonly LocalImage[], arch: string = process.arch): Buffer {
  const blobs = new Map<string, Buffer>();
  const add = (mediaType: string, content: Buffer): Descriptor => {
    const digest = createHash('sha256').update(content).digest('hex');
    blobs.set(digest, content);
    return { mediaType, digest: `sha256:${digest}`, size: content.length };
  };
  const platform = { architecture: architectures[arch] ?? arch, os: 'linux' };
  const manifests = images.flatMap((image) => {
    const manifest = addImage(image, platform, add);
    return image.names.map((name) => ({
      ...manifest,
      platform,
      annotations: {
        'io.containerd.image.name': name,
        'org.opencontainers.image.ref.name': name.slice(name.lastIndexOf(':') + 1),
      },
    }));
  });
  const index = { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests };
  const files = [...blobs].sort(([a], [b]) => (a < b ? -1 : 1));
  return createTar([
    file('oci-layout', json({ imageLayoutVersion: '1.0.0' })),
    file('index.json', json(index)),
    { type: 'directory', path: 'blobs', mode: 0o755 },
    { type: 'directory', path: 'blobs/sha256', mode: 0o755 },
    ...files.map(([digest, content]) => file(`blobs/sha256/${digest}`, content)),
  ]);
}

function addImage(
  image: LocalImage,
  platform: { readonly architecture: string; readonly os: string },
  add: (mediaType: string, content: Buffer) => Descriptor,
): Descriptor {
  // Uncompressed: it never travels, and so its digest is also its diff id.
  const layer = add('application/vnd.oci.image.layer.v1.tar', createTar(image.files));
  const config = add(
    'application/vnd.oci.image.config.v1+json',
    json({
      created: epoch,
      ...platform,
      config: {
        Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
        Entrypoint: image.entrypoint,
        Cmd: image.command,
        WorkingDir: '/',
      },
      rootfs: { type: 'layers', diff_ids: [layer.digest] },
      history: [{ created: epoch, created_by: 'trireme' }],
    }),
  );
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  return add(mediaType, json({ schemaVersion: 2, mediaType, config, layers: [layer] }));
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function file(path: string, content: Uint8Array): TarEntry {
  return { type: 'file', path, mode: 0o644, content };
}
