import { createSystemTime } from '@trireme/adapter-system';
import { utf8 } from '@trireme/base';
import { createEtcdAdmin, createEtcdKv, type EtcdAdmin, type EtcdKv } from '@trireme/etcd-api';
import type { KvStatus } from '@trireme/ports';
import type { MemberSite, Site } from '../yard/site.ts';
import { type Ballast, createBallast } from './ballast.ts';
import { eventually, within } from './deadline.ts';
import { createFirewall, type Firewall } from './firewall.ts';
import { createMemberProcess, type MemberProcess } from './member-process.ts';

/** A member and what can be done to it. */
export interface Member {
  readonly name: string;
  readonly site: MemberSite;
  readonly process: MemberProcess;
  readonly firewall: Firewall;
  readonly ballast: Ballast;
  /** A client of this member alone. */
  readonly kv: EtcdKv;
  readonly admin: EtcdAdmin;
}

export interface Cluster {
  readonly site: Site;
  readonly members: readonly Member[];
  client(members?: readonly Member[]): EtcdKv;
  /** The one that leads, as a majority sees it. Waits until there is one. */
  leader(): Promise<Member>;
  followers(): Promise<readonly Member[]>;
  statusOf(member: Member): Promise<KvStatus>;
  /** Ends all faults, and starts what does not run. */
  heal(): void;
  /** Resolves when every member answers what a majority holds. */
  untilReady(limitMs: number): Promise<void>;
  close(): Promise<void>;
}

const statusMs = 1_000;

export function createCluster(site: Site): Cluster {
  const { tls } = site;
  const time = createSystemTime();
  const clients = new Set<{ close(): void }>();
  const owned = <T extends { close(): void }>(client: T): T => {
    clients.add(client);
    return client;
  };
  const members = site.members.map(
    (each): Member => ({
      name: each.name,
      site: each,
      process: createMemberProcess(each, site.program),
      firewall: createFirewall(each),
      ballast: createBallast(each),
      kv: owned(createEtcdKv({ endpoints: [each.clientUrl], tls, time })),
      admin: owned(createEtcdAdmin({ endpoint: each.clientUrl, tls })),
    }),
  );
  const statusOf = (member: Member): Promise<KvStatus> => within(statusMs, (signal) => member.kv.status({ signal }));
  const findLeader = async (): Promise<Member | undefined> => {
    const heard = await Promise.all(
      members.map(async (member) =>
        member.process.running && !member.process.paused
          ? { member, status: await statusOf(member).catch(() => undefined) }
          : undefined,
      ),
    );
    const votes = new Map<bigint, number>();
    for (const each of heard) {
      const id = each?.status?.leaderId ?? 0n;
      if (id !== 0n) votes.set(id, (votes.get(id) ?? 0) + 1);
    }
    const [id] = [...votes].find(([, count]) => count * 2 > members.length) ?? [];
    return heard.find((each) => id !== undefined && each?.status?.header.memberId === id)?.member;
  };
  const leader = (): Promise<Member> => eventually('a majority names a leader', 20_000, findLeader);
  return {
    site,
    members,
    statusOf,
    leader,
    client: (of = members) =>
      owned(createEtcdKv({ endpoints: of.map(({ site: { clientUrl } }) => clientUrl), tls, time })),
    async followers() {
      const leads = await leader();
      return members.filter((member) => member !== leads);
    },
    heal() {
      for (const { process, firewall, ballast } of members) {
        firewall.open();
        ballast.drop();
        if (process.paused) process.resume();
        if (!process.running) process.start();
      }
    },
    async untilReady(limitMs) {
      for (const { name, kv, process } of members)
        await eventually(`member ${name} answers`, limitMs, async () => {
          if (!process.running) throw new Error(`it ended with ${process.ended}: ${process.output().slice(-1_000)}`);
          await within(2_000, (signal) => kv.range({ key: utf8('ready') }, { signal }));
          return true;
        });
    },
    async close() {
      for (const client of clients) client.close();
      await Promise.all(members.map(({ process }) => process.stop('SIGKILL')));
    },
  };
}
