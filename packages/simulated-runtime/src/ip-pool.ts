import { invariant } from '@trireme/base';

/** Hands out the addresses of one IPv4 range in turn, as host-local does, so that one just freed is not used again soon. */
export interface IpPool {
  /** Undefined when all are taken. */
  allocate(): string | undefined;
  release(address: string): void;
}

/** The network's address, the first host (the bridge) and the broadcast address are never handed out. */
export function createIpPool(cidr: string): IpPool {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(cidr);
  invariant(match, `a pod range is written like 10.244.0.0/24, not ${cidr}`);
  const [a = 0, b = 0, c = 0, d = 0, prefix = 0] = match.slice(1).map(Number);
  invariant(prefix >= 8 && prefix <= 29, `a pod range has a prefix of 8 to 29 bits, not ${prefix}`);
  const size = 2 ** (32 - prefix);
  const base = (((a << 24) | (b << 16) | (c << 8) | d) >>> 0) & -size;
  const taken = new Set<string>();
  const first = 2;
  const usable = size - 1 - first;
  let next = 0;

  const at = (index: number): string => {
    const value = (base + first + index) >>> 0;
    return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255].join('.');
  };
  return {
    allocate() {
      for (let tried = 0; tried < usable; tried++) {
        const address = at(next);
        next = (next + 1) % usable;
        if (taken.has(address)) continue;
        taken.add(address);
        return address;
      }
      return undefined;
    },
    release: (address) => void taken.delete(address),
  };
}
