import { fnv32a } from '@trireme/api-machinery';
import { utf8 } from '@trireme/base';

// The kernel takes 255 characters; listings stay readable well below.
const nameLimit = 120;

/**
 * A name for a chain or set: 'service/default/web/tcp/http'. Namespaces, names and port names hold no slash, so different
 * parts give different names; ones that are too long end in a hash of all of it.
 */
export function nftName(...parts: readonly string[]): string {
  const name = parts.join('/').replaceAll(':', '.');
  if (name.length <= nameLimit) return name;
  // Two starts make 64 bits, so that two long names do not meet in one.
  const bytes = utf8(name);
  const hash = `${fnv32a(bytes).toString(36)}${fnv32a(bytes, 0x9747b28c).toString(36)}`;
  return `${name.slice(0, nameLimit - hash.length - 1)}-${hash}`;
}
