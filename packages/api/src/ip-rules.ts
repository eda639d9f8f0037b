import type { TextRule } from '@trireme/api-machinery';

const octet = '(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])';
const ipv4Form = new RegExp(`^${octet}(\\.${octet}){3}$`);
const groupForm = /^[0-9a-fA-F]{1,4}$/;

const ipMessage = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
const cidrMessage = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';

export function isIpv4(text: string): boolean {
  return ipv4Form.test(text);
}

/** Groups that a part of an IPv6 address writes out; a trailing IPv4 address counts as two. */
function countGroups(part: string): number | undefined {
  if (part === '') return 0;
  const groups = part.split(':');
  let count = 0;
  for (const [i, group] of groups.entries()) {
    if (groupForm.test(group)) count++;
    else if (i === groups.length - 1 && isIpv4(group)) count += 2;
    else return undefined;
  }
  return count;
}

export function isIpv6(text: string): boolean {
  if (!text.includes(':')) return false;
  const parts = text.split('::');
  if (parts.length > 2) return false;
  const counts = parts.map(countGroups);
  if (counts.includes(undefined)) return false;
  const total = counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
  return parts.length === 2 ? total < 8 : total === 8;
}

export const ipErrors: TextRule = (text) => (isIpv4(text) || isIpv6(text) ? [] : [ipMessage]);

export const cidrErrors: TextRule = (text) => {
  const [address = '', bits = '', more] = text.split('/');
  if (more !== undefined || !/^(0|[1-9][0-9]{0,2})$/.test(bits)) return [cidrMessage];
  const most = isIpv4(address) ? 32 : isIpv6(address) ? 128 : -1;
  return Number(bits) <= most ? [] : [cidrMessage];
};

/** Addresses that mean another thing on every machine are no way to reach anyone. */
export const specialIpErrors: TextRule = (ip) => {
  if (ip === '0.0.0.0' || ip === '::') return [`may not be unspecified (${ip})`];
  if (ip.startsWith('127.') || ip === '::1') return ['may not be in the loopback range (127.0.0.0/8, ::1/128)'];
  if (ip.startsWith('169.254.') || /^fe[89ab]/i.test(ip)) {
    return ['may not be in the link-local range (169.254.0.0/16, fe80::/10)'];
  }
  if (ip.startsWith('224.0.0.') || /^ff02:/i.test(ip)) {
    return ['may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'];
  }
  return [];
};
