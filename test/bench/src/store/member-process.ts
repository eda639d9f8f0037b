import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createNodeDisk, openNodeLevel } from '@trireme/adapter-disk';
import { createTlsPeerTransport } from '@trireme/adapter-peer';
import { createLineLogger, createSystemRandom, createSystemTime } from '@trireme/adapter-system';
import { messageOf } from '@trireme/base';
import { createEtcdServer } from '@trireme/etcd-api';
import { createMember } from '@trireme/store';
import { driveMember, type MemberJob } from './drive-member.ts';

// A member that takes etcd's flags, as a process of its own. Forked, it makes load on its own Kv when it is told to: what an
// apiserver in the same process would see.
const { values } = parseArgs({
  strict: false,
  options: Object.fromEntries(
    [
      'name',
      'data-dir',
      'listen-client-urls',
      'listen-peer-urls',
      'initial-cluster',
      'cert-file',
      'key-file',
      'trusted-ca-file',
      'peer-cert-file',
      'peer-key-file',
      'peer-trusted-ca-file',
    ].map((name) => [name, { type: 'string' as const }]),
  ),
});
const flag = (name: string): string => {
  const value = values[name];
  if (typeof value !== 'string') throw new Error(`--${name} is missing`);
  return value;
};
const pem = (name: string): string => readFileSync(flag(name), 'utf8');
const addressOf = (url: string): { host: string; port: number } => {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
};

const time = createSystemTime();
const logger = createLineLogger({
  level: 'info',
  format: 'text',
  now: time.now,
  write: (line) => process.stderr.write(line),
});
const peers = flag('initial-cluster')
  .split(',')
  .map((entry, index) => ({ id: BigInt(index + 1), name: entry.split('=')[0] ?? '', url: entry.split('=')[1] ?? '' }));
const self = peers.find((peer) => peer.name === flag('name'));
if (!self) throw new Error(`--initial-cluster does not name ${flag('name')}`);
const dataFolder = flag('data-dir');
const transport = await createTlsPeerTransport({
  id: self.id,
  listen: addressOf(flag('listen-peer-urls')),
  tls: { ca: pem('peer-trusted-ca-file'), cert: pem('peer-cert-file'), key: pem('peer-key-file') },
  logger,
  time,
});
const member = await createMember({
  id: self.id,
  peers,
  disk: await createNodeDisk(join(dataFolder, 'log')),
  level: () => openNodeLevel(join(dataFolder, 'state')),
  transport,
  time,
  random: createSystemRandom(),
  logger,
});
member.onFailure((error) => {
  logger.log('error', 'the store had to stop', { error });
  process.exit(1);
});
const server = await createEtcdServer({
  kv: member.kv,
  listen: [addressOf(flag('listen-client-urls'))],
  tls: { cert: pem('cert-file'), key: pem('key-file'), clientCa: pem('trusted-ca-file') },
  logger,
});

if (process.send) {
  process.on('disconnect', () => process.exit(0));
  process.on('message', (job: MemberJob) => {
    driveMember(member, job).then(
      (result) => process.send?.({ result }),
      (error: unknown) => process.send?.({ error: messageOf(error) }),
    );
  });
}
process.once('SIGTERM', () => {
  void server
    .close()
    .then(() => member.stop())
    .then(() => process.exit(0));
});
