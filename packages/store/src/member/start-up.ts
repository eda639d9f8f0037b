import { CodedError, fromUtf8, hasCode, messageOf, utf8 } from '@trireme/base';
import type { Logger } from '@trireme/ports';
import { openLog, type Repair, type WriteAheadLog } from '../log/index.ts';
import { createKeySpace, type GoneVersion, type KeySpace, StateDamagedError } from '../mvcc/index.ts';
import { type Configuration, type Entry, emptyConfiguration, type RaftSeed } from '../raft/index.ts';
import { type BuiltSpace, type Checkpoints, openCheckpoints, type StateLevel, type StatePlace } from './checkpoints.ts';
import { createDamage, type Damage } from './damage.ts';
import { isUnreadable } from './level-reads.ts';
import { encodeAddresses } from './member-book.ts';
import type { StateMeta } from './meta-codec.ts';
import type { MemberDeps, MemberOptions } from './options.ts';
import type { ReplicaMeta } from './replica.ts';

/** What a member's disk held, or the beginnings of a new one. */
export interface StartState {
  readonly level: StateLevel;
  readonly log: WriteAheadLog;
  readonly checkpoints: Checkpoints;
  readonly meta: StateMeta;
  readonly space: KeySpace;
  /** Stored versions that compaction had made superfluous, and that were still there at the start. */
  readonly superfluous: readonly GoneVersion[];
  /** What was stored could not be read: there is a place in the log, and no key space that belongs to it. */
  readonly isLost: boolean;
  readonly damage: Damage;
  readonly seed: RaftSeed;
  /** What the log had lost, and must get back. */
  readonly repair: Repair | undefined;
  /** Grows with every start; tells the requests of this life from those of earlier ones. */
  readonly incarnation: number;
}

const incarnationFile = 'incarnation';

export async function startUp(deps: MemberDeps, options: MemberOptions): Promise<StartState> {
  const { disk, time, logger } = deps;
  const incarnation = await nextIncarnation(deps);
  const level = await deps.level();
  const damage = createDamage(logger);
  const { checkpoints, stored } = await openCheckpoints(level, time, damage.report);
  const { valueCacheBytes: cacheBytes } = options;
  const empty = { space: createKeySpace({ stored: checkpoints.reader(), cacheBytes }), gone: [], isLost: false };
  const mayRepair = options.repairFromPeers && canRepair(deps, stored?.meta.replica.config ?? emptyConfiguration);
  const build = (place: StatePlace): Promise<BuiltSpace> => checkpoints.build(place, { cacheBytes });
  const built = stored ? await buildOrLose(stored, build, mayRepair ? logger : undefined) : undefined;
  const { space, gone: superfluous, isLost } = built ?? { ...empty, isLost: stored !== undefined };
  const meta = stored?.meta ?? emptyMeta(options.clusterId, space);
  const { index, term, config } = meta.replica;
  const state = { level, checkpoints, meta, space, superfluous, isLost, damage, incarnation };
  const { segmentBytes } = options;
  const { log, contents, repair } = await openLog(
    { disk, time, logger },
    { segmentBytes, applied: { index, term }, repair: mayRepair },
  );
  const isNew = index === 0 && contents.entries.length === 0 && contents.hardState.term === 0;
  if (!isNew || options.join) {
    const last = contents.entries.at(-1)?.index ?? contents.mark.index;
    const commit = Math.max(index, Math.min(contents.hardState.commit, last));
    const hardState = { ...contents.hardState, commit };
    const { mark, entries } = contents;
    return { ...state, log, repair, seed: { hardState, config, mark, entries, applied: index, repair } };
  }
  // A new cluster begins with the same entries on every member: each of them adds one voter.
  const entries = bootstrapEntries(deps);
  const hardState = { term: 1, vote: 0, commit: entries.length };
  await log.append({ hardState, entries });
  const seed: RaftSeed = { hardState, config, mark: { index: 0, term: 0 }, entries, applied: 0 };
  return { ...state, log, repair, seed };
}

/** What is stored cannot be put together: with a logger, that is said and nothing is there; without, it is thrown. */
async function buildOrLose(
  stored: StatePlace,
  build: (place: StatePlace) => Promise<BuiltSpace>,
  logger: Logger | undefined,
): Promise<(BuiltSpace & { readonly isLost: false }) | undefined> {
  try {
    return { ...(await build(stored)), isLost: false };
  } catch (error) {
    if (!logger || !(error instanceof StateDamagedError || isUnreadable(error))) throw error;
    logger.log('error', 'the stored state is damaged; it is taken from the others', { error: messageOf(error) });
    return undefined;
  }
}

/** Without this member the others must be a majority, or they could not choose a leader to repair it from. */
function canRepair({ id, peers }: MemberDeps, config: Configuration): boolean {
  const voters = config.voters.length > 0 ? config.voters : peers.map((peer) => Number(peer.id));
  const others = voters.filter((voter) => voter !== Number(id)).length;
  return others >= (voters.length >> 1) + 1;
}

async function nextIncarnation({ disk }: MemberDeps): Promise<number> {
  let last = 0;
  try {
    last = Number(fromUtf8(await disk.readFile(incarnationFile)));
  } catch (error) {
    if (!hasCode(error, 'not-found')) throw error;
  }
  await disk.writeFileAtomic(incarnationFile, utf8(`${last + 1}`));
  return last + 1;
}

function emptyMeta(clusterId: bigint, space: KeySpace): StateMeta {
  const replica: ReplicaMeta = {
    clusterId,
    index: 0,
    term: 0,
    config: emptyConfiguration,
    addresses: [],
    sessions: [],
  };
  return { replica, space: space.meta() };
}

function bootstrapEntries({ peers, id }: MemberDeps): readonly Entry[] {
  if (!peers.some((peer) => peer.id === id))
    throw new CodedError(
      'bad-peers',
      `start member ${id}: it is not among the cluster's members. Add it to the list, or join a running cluster.`,
    );
  const ordered = [...peers].sort((a, b) => (a.id < b.id ? -1 : 1));
  return ordered.map((peer, position): Entry => {
    const address = { id: Number(peer.id), name: peer.name ?? '', peerUrls: [peer.url], clientUrls: [] };
    const change = { changes: [{ type: 'add-voter', id: address.id }], transition: 'auto' } as const;
    return { index: position + 1, term: 1, kind: 'config', change, data: encodeAddresses([address]) };
  });
}
