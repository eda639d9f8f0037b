import type { Container } from '@trireme/schema/types/core/v1';

/**
 * What a running container is compared by: only the image of a container can change in a living pod, so name and image
 * are hashed, and fields that a newer API version adds cannot restart what runs. FNV-1a, 32 bits, in hexadecimal.
 */
export function containerHash(container: Container): string {
  const text = JSON.stringify([container.name, container.image ?? '']);
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash ^= text.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193) >>> 0;
  }
  return hash.toString(16);
}
