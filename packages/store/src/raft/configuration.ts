import type { ConfigChange, Configuration, MemberId } from './types.ts';

export const emptyConfiguration: Configuration = {
  voters: [],
  votersOutgoing: [],
  learners: [],
  learnersNext: [],
  autoLeave: false,
};

export function createConfiguration(voters: readonly MemberId[], learners: readonly MemberId[] = []): Configuration {
  return { ...emptyConfiguration, voters: sorted(voters), learners: sorted(learners) };
}

export function isJoint(config: Configuration): boolean {
  return config.votersOutgoing.length > 0;
}

export function isVoter(config: Configuration, id: MemberId): boolean {
  return config.voters.includes(id) || config.votersOutgoing.includes(id);
}

/** Everybody who is sent the log. */
export function membersOf(config: Configuration): readonly MemberId[] {
  const { voters, votersOutgoing, learners, learnersNext } = config;
  return sorted(new Set([...voters, ...votersOutgoing, ...learners, ...learnersNext]));
}

/** The configuration after the change, or why the change cannot be made now. */
export function changeConfiguration(
  config: Configuration,
  change: ConfigChange,
): { readonly config: Configuration } | { readonly refusal: string } {
  if (change.changes.length === 0) return leaveJoint(config);
  if (isJoint(config)) return { refusal: 'another change of the membership is under way; wait until it is done' };
  const moves = change.changes.filter(({ type }) => type !== 'update').length;
  const joint = moves > 0 && (change.transition !== 'auto' || moves > 1);
  const next = applyChanges(config, change, joint);
  if (next.voters.length === 0) return { refusal: 'the change would remove every voter; a cluster needs one' };
  if (!joint) return { config: next };
  return {
    config: { ...next, votersOutgoing: config.voters, autoLeave: change.transition !== 'joint-explicit' },
  };
}

function applyChanges(config: Configuration, change: ConfigChange, joint: boolean): Configuration {
  const voters = new Set(config.voters);
  const learners = new Set(config.learners);
  const learnersNext = new Set(config.learnersNext);
  for (const { type, id } of change.changes) {
    if (type === 'update') continue;
    voters.delete(id);
    learners.delete(id);
    learnersNext.delete(id);
    if (type === 'add-voter') voters.add(id);
    // A voter of the outgoing half must not be a learner at the same time: it becomes one on leaving.
    else if (type === 'add-learner') (joint && config.voters.includes(id) ? learnersNext : learners).add(id);
  }
  return { ...config, voters: sorted(voters), learners: sorted(learners), learnersNext: sorted(learnersNext) };
}

function leaveJoint(config: Configuration): { readonly config: Configuration } | { readonly refusal: string } {
  if (!isJoint(config)) return { refusal: 'the configuration is not joint, so there is nothing to leave' };
  const learners = sorted([...config.learners, ...config.learnersNext]);
  return { config: { ...config, votersOutgoing: [], learners, learnersNext: [], autoLeave: false } };
}

function sorted(ids: Iterable<MemberId>): readonly MemberId[] {
  return [...ids].sort((a, b) => a - b);
}
