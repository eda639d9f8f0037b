import { damagedLog, damagedTable } from './damage.ts';
import { fullAll, fullFollower, fullLeader, killOnFullDisk } from './disk.ts';
import type { Fault } from './fault.ts';
import { replaceFollower, replaceLeader } from './membership.ts';
import {
  brokenRing,
  deafFollower,
  deafLeader,
  delay,
  flapping,
  muteLeader,
  packetLoss,
  partitionAll,
  partitionFollower,
  partitionLeader,
  slowLink,
} from './network.ts';
import { killAll, killFollower, killLeader, moveLeader, pauseFollower, pauseLeader } from './processes.ts';

export const faults = {
  'kill-leader': killLeader,
  'kill-follower': killFollower,
  'kill-all': killAll,
  'pause-leader': pauseLeader,
  'pause-follower': pauseFollower,
  'move-leader': moveLeader,
  'partition-leader': partitionLeader,
  'partition-follower': partitionFollower,
  'partition-all': partitionAll,
  'deaf-leader': deafLeader,
  'mute-leader': muteLeader,
  'deaf-follower': deafFollower,
  'broken-ring': brokenRing,
  flapping,
  'packet-loss': packetLoss,
  'slow-link': slowLink,
  delay,
  'full-follower': fullFollower,
  'full-leader': fullLeader,
  'full-all': fullAll,
  'kill-on-full-disk': killOnFullDisk,
  'replace-follower': replaceFollower,
  'replace-leader': replaceLeader,
  'damaged-log': damagedLog,
  'damaged-table': damagedTable,
} as const satisfies Readonly<Record<string, Fault>>;

export type FaultName = keyof typeof faults;

export const isFaultName = (name: string): name is FaultName => Object.hasOwn(faults, name);
