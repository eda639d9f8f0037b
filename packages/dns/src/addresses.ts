/** 'a.b.c.d' with numbers to 255, as Kubernetes writes IPv4 addresses. */
export function isIpv4(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}

export function isIpv6(text: string): boolean {
  return text.includes(':') && expandIpv6(text) !== undefined;
}

/** An address as one label: '10-244-0-5', 'fd00--5'. */
export function addressLabel(address: string): string {
  return address.replaceAll(/[.:]/g, '-');
}

/** The address that a pod's label means: '10-244-0-5', or with IPv6 'fd00--5'. */
export function addressOfLabel(label: string): string | undefined {
  const dotted = label.replaceAll('-', '.');
  if (isIpv4(dotted)) return dotted;
  const colons = label.replaceAll('-', ':');
  return isIpv6(colons) ? colons : undefined;
}

/** The address that a name under in-addr.arpa means; undefined where it is none. */
export function reverseAddress(name: string): string | undefined {
  const suffix = '.in-addr.arpa';
  if (!name.endsWith(suffix)) return undefined;
  const address = name.slice(0, -suffix.length).split('.').reverse().join('.');
  return isIpv4(address) ? address : undefined;
}

/** Eight groups without leading zeros. */
function expandIpv6(text: string): readonly string[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head = [], tail = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => '0'), ...tail];
  return groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group)) ? groups : undefined;
}
