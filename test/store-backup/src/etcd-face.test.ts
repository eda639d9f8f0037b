import { createServer } from 'node:net';
import { describe } from 'vitest';
import { follow, hasPrograms, readGuide } from './follow-guide.ts';

const guide = 'etcd-face.md';

/** The guide shows etcd's own ports, at which something else may listen where it is followed. */
async function isFree(port: number): Promise<boolean> {
  const free = await new Promise<boolean>((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
  if (!free) console.error(`\n*** "${guide}" is SKIPPED: port ${port} is taken. ***\n`);
  return free;
}

const canFollow = hasPrograms(guide, 'etcdctl', 'jq', 'curl') && (await isFree(2379)) && (await isFree(2380));

describe.runIf(canFollow)('the guide to the face of etcd', () => follow(readGuide(guide)));
