/**
 * A member of the store: drives consensus over a disk and a peer transport, and serves `Kv`.
 *
 * @example
 * const member = await createMember({ id: 1n, peers, disk, level, transport, time, random, logger });
 * await member.kv.txn({ success: [{ type: 'put', request: { key: utf8('a'), value: utf8('1') } }] });
 */
export type { StateLevel } from './checkpoints.ts';
export { createMember } from './create-member.ts';
export { drawMemberId } from './draw-member-id.ts';
export type { Member, MemberStatus } from './member.ts';
export type { MemberAddress } from './member-book.ts';
export type { MemberDeps, MemberOptions, MemberPeer } from './options.ts';
export type { ArchivedVersion, StoredCopy, StoredCopyMeta, StoredVersion, TimeMark } from './stored-copy.ts';
