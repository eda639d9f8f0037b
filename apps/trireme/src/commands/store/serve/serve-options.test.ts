import { describe, expect, it } from 'vitest';
import type { FlagName } from './flag-table.ts';
import { identifyCluster } from './initial-cluster.ts';
import { serveOptions } from './serve-options.ts';

const options = (said: Partial<Record<FlagName, string>> = {}) =>
  serveOptions(new Map(Object.entries(said) as [FlagName, string][]));

describe('options', () => {
  it('are by default what those of etcd are', () => {
    expect(options()).toMatchObject({
      name: 'default',
      dataDir: 'default.etcd',
      listenClients: [{ host: '127.0.0.1', port: 2379, secure: false }],
      advertiseClientUrls: ['http://localhost:2379'],
      listenPeers: { host: '127.0.0.1', port: 2380, secure: false },
      initialCluster: [{ name: 'default', peerUrls: ['http://localhost:2380'] }],
      joins: false,
      heartbeatMs: 100,
      electionTimeoutMs: 1_000,
      quotaBytes: 2 ** 31,
      autoCompaction: undefined,
      maxTxnOps: 128,
      maxRequestBytes: 1_572_864,
      progressIntervalMs: 600_000,
      forceNewCluster: false,
      maxLearners: 1,
      retentionMs: 0,
    });
  });

  it('know several members and several URLs', () => {
    const { initialCluster } = options({
      name: 'a',
      'initial-advertise-peer-urls': 'https://10.0.0.2:2380,https://10.0.0.1:2380',
      'initial-cluster': 'a=https://10.0.0.1:2380,b=https://[::1]:80,a=https://10.0.0.2:2380',
    });
    expect(initialCluster).toEqual([
      { name: 'a', peerUrls: ['https://10.0.0.1:2380', 'https://10.0.0.2:2380'] },
      { name: 'b', peerUrls: ['https://[::1]:80'] },
    ]);
  });

  it.each([
    ['24h', 86_400_000],
    ['1h30m', 5_400_000],
    ['0', 0],
  ])('keep history for %s', (text, retentionMs) => {
    expect(options({ 'history-retention': text })).toMatchObject({ retentionMs });
  });

  it('keep the port of a scheme', () => {
    const said = { 'listen-client-urls': 'https://0.0.0.0:443', 'advertise-client-urls': 'https://x:443' };
    expect(options(said).listenClients).toEqual([{ host: '0.0.0.0', port: 443, secure: true }]);
  });

  it.each<[Partial<Record<FlagName, string>>, string]>([
    [{ 'heartbeat-interval': 'x' }, "--heartbeat-interval is 'x', and has to be a whole number."],
    [{ 'election-timeout': '300' }, 'at least five times --heartbeat-interval'],
    [{ 'client-cert-auth': 'maybe' }, 'true or false'],
    [{ 'initial-cluster-state': 'old' }, 'one of new, existing'],
    [{ 'listen-client-urls': 'http://127.0.0.1:1' }, '--advertise-client-urls'],
    [{ 'listen-client-urls': 'unix://x', 'advertise-client-urls': 'http://x:1' }, 'has to be http or https'],
    [{ 'listen-peer-urls': 'http://host.example:1' }, 'expected IP in URL for binding'],
    [{ 'listen-peer-urls': 'http://127.0.0.1:1,http://127.0.0.1:2' }, 'one URL here'],
    [{ 'initial-cluster': 'a=http://x:1' }, `couldn't find local name "default" in the initial cluster configuration`],
    [{ 'initial-cluster': 'default=http://x:1' }, '--initial-advertise-peer-urls is http://localhost:2380'],
    [{ 'initial-cluster': 'default=http://localhost:2380,b=http://localhost:2380' }, 'more than one member'],
    [{ 'history-retention': 'a day' }, "--history-retention is 'a day', and has to be a duration like 24h, or 0."],
    [{ 'max-learners': 'some' }, "--max-learners is 'some', and has to be a whole number."],
    [{ 'auto-compaction-retention': 'soon' }, '--auto-compaction-retention'],
  ])('%j is refused: %s', (said, words) => {
    expect(() => options(said)).toThrow(words);
  });
});

describe('identities', () => {
  const planned = [
    { name: 'a', peerUrls: ['http://a:1'] },
    { name: 'b', peerUrls: ['http://b:1'] },
  ];

  it('are the same for everybody, in whatever order the members are named', () => {
    const { clusterId, members } = identifyCluster(planned, 't');
    const turned = identifyCluster(planned.toReversed(), 't');
    expect(turned.clusterId).toBe(clusterId);
    expect(new Map(turned.members.map(({ name, id }) => [name, id]))).toEqual(
      new Map(members.map(({ name, id }) => [name, id])),
    );
    for (const { id } of members) expect(id > 0n && id < 2n ** 53n).toBe(true);
  });

  it('are others with another token, another URL or another member', () => {
    const { clusterId, members } = identifyCluster(planned, 't');
    expect(identifyCluster(planned, 'u').members[0]?.id).not.toBe(members[0]?.id);
    expect(identifyCluster([planned[0] as (typeof planned)[0]], 't').clusterId).not.toBe(clusterId);
    expect(members[0]?.id).not.toBe(members[1]?.id);
  });
});
