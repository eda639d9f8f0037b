import type { PlantedBug } from './plant.ts';

export const leaseBugs: readonly PlantedBug[] = [
  {
    name: 'lease-expired-by-follower',
    breaks: 'followers, who hear of no renewals, end leases',
    edits: [
      {
        file: 'member/lease-keeper.ts',
        find: 'commanded(command) {\n      if (!leads) return;',
        replace: 'commanded(command) {',
      },
      { file: 'member/lease-keeper.ts', find: 'tick() {\n      if (!leads) return;', replace: 'tick() {' },
    ],
  },
  {
    name: 'lease-renewed-by-deposed-leader',
    breaks: 'a renewal is acknowledged by a leader whose successor lets the lease expire (found in this store)',
    edits: [
      {
        file: 'member/lease-keeper.ts',
        find: 'const { id } = read(body);\n      await confirmLead();',
        replace: 'const { id } = read(body);',
      },
    ],
  },
  {
    name: 'lease-ended-by-former-leader',
    breaks: 'an expiry that a former leader saw is carried out by its successor (found in this store)',
    edits: [
      {
        file: 'member/replica.ts',
        find: 'command.expiredInTerm !== entryTerm;',
        replace: 'command.expiredInTerm > entryTerm;',
      },
    ],
  },
  {
    name: 'lease-not-renewed-on-election',
    breaks: 'a new leader counts the time of leases from some earlier moment',
    edits: [
      {
        file: 'member/lease-clock.ts',
        find: 'for (const { id, ttlSeconds } of leases) set(id, ttlSeconds);',
        replace: 'for (const { id, ttlSeconds } of leases) set(id, ttlSeconds - 1.5);',
      },
    ],
  },
  {
    name: 'lease-comes-back',
    breaks: 'a lease that has run out is renewed while its end is on its way',
    edits: [
      { file: 'member/lease-keeper.ts', find: 'if (!lease || clock.expired().includes(id))', replace: 'if (!lease)' },
    ],
  },
  {
    name: 'lease-keys-stay',
    breaks: 'keys outlive their lease',
    edits: [
      {
        file: 'mvcc/command.ts',
        find: 'for (const text of [...lease.keys].sort()) {',
        replace: 'for (const text of [...lease.keys].sort().slice(0, 1)) {',
      },
    ],
  },
];
