/** A listing of nft without the elements of sets that packets fill (flags dynamic): these come and go by themselves. */
export function withoutDynamicElements(listing: string): string {
  const kept: string[] = [];
  let inDynamicSet = false;
  let inElements = false;
  for (const line of listing.split('\n')) {
    if (/^\t(?:set|map|chain) /.test(line)) inDynamicSet = false;
    if (/^\t\tflags .*\bdynamic\b/.test(line)) inDynamicSet = true;
    if (inDynamicSet && /^\t\telements = \{/.test(line)) inElements = true;
    if (!inElements) kept.push(line);
    if (line.endsWith('}')) inElements = false;
  }
  return kept.join('\n');
}
