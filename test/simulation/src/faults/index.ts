import { ambush, amnesia, doubleStrike, musicalChairs } from './ambush.ts';
import { failingSync, fullDisk, misread, slowDisk } from './disk-faults.ts';
import type { FaultKind } from './fault.ts';
import { transferLead } from './lead-faults.ts';
import { addMember, promoteMember, removeMember } from './member-faults.ts';
import { isolate, oneWay, split, storm } from './network-faults.ts';
import { crash, crashAll, crashPoint, killThenPower, pause, restart, wallJump } from './process-faults.ts';

export type { FaultKind } from './fault.ts';

export const faultKinds: readonly FaultKind[] = [
  crash,
  crashPoint,
  killThenPower,
  crashAll,
  restart,
  pause,
  wallJump,
  isolate,
  split,
  oneWay,
  storm,
  slowDisk,
  fullDisk,
  failingSync,
  misread,
  transferLead,
  ambush,
  musicalChairs,
  doubleStrike,
  amnesia,
  addMember,
  promoteMember,
  removeMember,
];
