import { KvError } from '@trireme/ports';
import { createMemoryKv, createVirtualTime } from '@trireme/testkit';
import { describe, expect, it } from 'vitest';
import { createFakeMember } from '../../test/fake-member.ts';
import { createEtcdPages } from './pages.ts';

const kv = createMemoryKv({ time: createVirtualTime() });
const version = '3.6.0';
const well = { kv, version };
const late = {
  ...well,
  kv: {
    ...kv,
    range: (request: { serializable?: boolean | undefined }) =>
      request.serializable ? kv.range({ key: new Uint8Array(1) }) : Promise.reject(new KvError('unavailable', 'late')),
  },
};
const leaderless = { ...well, kv: { ...kv, status: async () => ({ ...(await kv.status()), leaderId: 0n }) } };
const full = { ...well, member: createFakeMember() };
const alarmed = (memberId: bigint) => ({
  ...well,
  member: createFakeMember({ alarms: async () => [{ memberId, type: 'corrupt' }] }),
});
const corrupt = alarmed(createFakeMember().id);
const besideCorrupt = alarmed(2n);

describe('pages', () => {
  it.each([
    ['well', well, '/health', 200, '{"health":"true","reason":""}\n'],
    ['well', well, '/livez', 200, 'ok\n'],
    ['well', well, '/readyz?verbose', 200, 'ok\n'],
    ['late', late, '/health', 503, '{"health":"false","reason":"QGET ERROR"}\n'],
    ['late', late, '/health?serializable=true', 200, '{"health":"true","reason":""}\n'],
    ['late', late, '/livez', 200, 'ok\n'],
    ['late', late, '/readyz', 503, 'QGET ERROR\n'],
    ['leaderless', leaderless, '/health', 503, '{"health":"false","reason":"RAFT NO LEADER"}\n'],
    ['leaderless', leaderless, '/livez', 200, 'ok\n'],
    ['full', full, '/health', 503, '{"health":"false","reason":"ALARM NOSPACE"}\n'],
    ['full', full, '/health?exclude=NOSPACE', 200, '{"health":"true","reason":""}\n'],
    ['full', full, '/readyz', 200, 'ok\n'],
    ['corrupt', corrupt, '/health', 503, '{"health":"false","reason":"ALARM CORRUPT"}\n'],
    ['well beside a corrupt member', besideCorrupt, '/health', 200, '{"health":"true","reason":""}\n'],
  ])('of a store that is %s', async (_, deps, path, status, body) => {
    expect(await createEtcdPages(deps)(path)).toMatchObject({ status, body });
  });

  it('tell the version, and numbers', async () => {
    const pages = createEtcdPages(well);
    expect(JSON.parse((await pages('/version'))?.body ?? '')).toMatchObject({ etcdserver: version });
    const { body = '' } = (await pages('/metrics')) ?? {};
    expect(body).toContain('\netcd_server_has_leader 1\n');
    expect(body).toContain('\netcd_debugging_mvcc_current_revision 1\n');
    expect(pages('/v2/keys')).toBeUndefined();
  });
});
