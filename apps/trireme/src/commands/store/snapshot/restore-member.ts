import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CodedError } from '@trireme/base';
import { type OpenedSnapshot, restoreSnapshot } from '@trireme/store';
import { identifyCluster, parseInitialCluster } from '../serve/initial-cluster.ts';
import { memberDirectory, writeStoreRecord } from '../serve/store-record.ts';
import type { RestoreOptions } from './command-options.ts';
import { withMemberData } from './member-data.ts';
import type { PointRequest, RestoreDone } from './run-restore.ts';

/** One member of a new cluster of `store serve`, as etcd's tool makes one: the others are restored from the same file. */
export async function restoreMember(
  snapshot: OpenedSnapshot,
  options: RestoreOptions,
  request: PointRequest,
): Promise<RestoreDone> {
  const { name, initialAdvertisePeerUrls, initialClusterToken } = options;
  const dataDir = options.dataDir ?? `${name}.etcd`;
  const advertisePeerUrls = initialAdvertisePeerUrls.split(',').toSorted();
  const list = options.initialCluster ?? advertisePeerUrls.map((url) => `${name}=${url}`).join(',');
  const planned = parseInitialCluster(list, { name, advertisePeerUrls });
  const { clusterId, members } = identifyCluster(planned, initialClusterToken);
  const self = members.find((member) => member.name === name);
  if (!self) throw new CodedError('bad-flag', `restore a snapshot: --initial-cluster does not name ${name}. Add it.`);
  if (existsSync(dataDir) && readdirSync(dataDir).length > 0)
    throw new CodedError(
      'not-empty',
      `restore to ${dataDir}: there is something in it. Give an empty or a new folder.`,
    );
  const directory = memberDirectory(dataDir);
  const addresses = members.map((member) => ({ id: member.id, name: member.name, peerUrl: member.peerUrls[0] ?? '' }));
  try {
    const report = await withMemberData({ log: join(directory, 'log'), state: join(directory, 'state') }, (deps) =>
      restoreSnapshot(deps, snapshot, { ...request, clusterId, members: addresses }),
    );
    const peers = members.map((member) => ({ id: String(member.id), name: member.name, peerUrls: member.peerUrls }));
    // Last: without it there is no member here.
    writeStoreRecord(dataDir, {
      formatVersion: 1,
      id: String(self.id),
      clusterId: String(clusterId),
      name,
      joined: false,
      peers,
    });
    const others = members.length > 1 ? ` Restore the other ${members.length - 1} from the same file, then` : ' Now';
    return {
      report,
      next: `The member ${name} is in ${dataDir}.${others} start it: ./trireme store serve --name ${name} --data-dir ${dataDir} ...`,
    };
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    throw error;
  }
}
