import { describe, expect, it } from 'vitest';
import { dig, query } from '../test/dig.ts';
import { createZone } from '../test/zone.ts';
import { answer } from './index.ts';

const { view } = createZone();
const svc = 'svc.cluster.local';
const soa = '^ cluster.local SOA ns.dns.cluster.local';
const [found, absent, noData] = ['NOERROR aa', ['NXDOMAIN aa', soa], ['NOERROR aa', soa]];

describe('the cluster domain', () => {
  it.each<[string, string, readonly string[]]>([
    [`web.default.${svc}`, 'A', [found, `web.default.${svc} A 10.96.0.20`]],
    [`WEB.Default.${svc}`, 'A', [found, `WEB.Default.${svc} A 10.96.0.20`]],
    [`kubernetes.default.${svc}`, 'A', [found, `kubernetes.default.${svc} A 10.96.0.1`]],
    [`web.default.${svc}`, 'AAAA', noData],
    [`web.default.${svc}`, 'MX', noData],
    [`web.default.${svc}`, 'ANY', noData],
    [`dual.default.${svc}`, 'A', [found, `dual.default.${svc} A 10.96.0.21`]],
    [`dual.default.${svc}`, 'AAAA', [found, `dual.default.${svc} AAAA fd00::21`]],
    [`none.default.${svc}`, 'A', absent],
    [`web.other.${svc}`, 'A', absent],
    // What a pod's search domains make of names from elsewhere.
    [`example.com.default.${svc}`, 'A', absent],
    [`a.b.c.web.default.${svc}`, 'A', absent],
    // Names that only have names below them.
    [`default.${svc}`, 'A', noData],
    [`other.${svc}`, 'A', absent],
    [svc, 'A', noData],
    ['pod.cluster.local', 'A', noData],
    ['cluster.local', 'A', noData],
    ['nothing.cluster.local', 'A', absent],
    // Headless: every endpoint that is ready.
    [
      `db.default.${svc}`,
      'A',
      [found, ...['10.244.1.6', '10.244.1.7', '10.244.0.5'].map((ip) => `db.default.${svc} A ${ip}`)],
    ],
    [`empty.default.${svc}`, 'A', absent],
    [`db-0.db.default.${svc}`, 'A', [found, `db-0.db.default.${svc} A 10.244.0.5`]],
    [`10-244-1-7.db.default.${svc}`, 'A', [found, `10-244-1-7.db.default.${svc} A 10.244.1.7`]],
    [`db-2.db.default.${svc}`, 'A', absent],
    [`10-244-0-5.db.default.${svc}`, 'A', absent],
    [`web-0.web.default.${svc}`, 'A', [found, `web-0.web.default.${svc} A 10.244.0.8`]],
    // Pods by address.
    ['10-244-3-4.default.pod.cluster.local', 'A', [found, '10-244-3-4.default.pod.cluster.local A 10.244.3.4']],
    ['10-244-3-4.default.pod.cluster.local', 'AAAA', noData],
    ['fd00--7.default.pod.cluster.local', 'AAAA', [found, 'fd00--7.default.pod.cluster.local AAAA fd00::7']],
    ['10-244-3-400.default.pod.cluster.local', 'A', absent],
    ['pod-name.default.pod.cluster.local', 'A', absent],
    ['default.pod.cluster.local', 'A', noData],
    // About the zone itself.
    ['dns-version.cluster.local', 'TXT', [found, 'dns-version.cluster.local TXT 1.1.0']],
    ['dns-version.cluster.local', 'A', noData],
    ['cluster.local', 'SOA', [found, 'cluster.local SOA ns.dns.cluster.local']],
    ['cluster.local', 'NS', [found, 'cluster.local NS ns.dns.cluster.local', '+ ns.dns.cluster.local A 10.96.0.10']],
    ['ns.dns.cluster.local', 'A', [found, 'ns.dns.cluster.local A 10.96.0.10']],
    ['dns.cluster.local', 'A', noData],
  ])('%s %s', (name, type, expected) => {
    expect(dig(view, name, type)).toEqual(expected);
  });

  it.each<[string, readonly string[]]>([
    [
      `_http._tcp.web.default.${svc}`,
      [`_http._tcp.web.default.${svc} SRV 0 100 80 web.default.${svc}`, `+ web.default.${svc} A 10.96.0.20`],
    ],
    // Names are compared without regard to case.
    [
      `_METRICS._TCP.web.default.${svc}`,
      [`_METRICS._TCP.web.default.${svc} SRV 0 100 9090 web.default.${svc}`, `+ web.default.${svc} A 10.96.0.20`],
    ],
    [
      `_pg._tcp.db.default.${svc}`,
      [
        ...['db-1', '10-244-1-7', 'db-0'].map(
          (label) => `_pg._tcp.db.default.${svc} SRV 0 33 5432 ${label}.db.default.${svc}`,
        ),
        `+ db-0.db.default.${svc} A 10.244.0.5`,
        `+ db-1.db.default.${svc} A 10.244.1.6`,
        `+ 10-244-1-7.db.default.${svc} A 10.244.1.7`,
      ],
    ],
    [
      `db-0.db.default.${svc}`,
      [`db-0.db.default.${svc} SRV 0 100 5432 db-0.db.default.${svc}`, `+ db-0.db.default.${svc} A 10.244.0.5`],
    ],
  ])('%s SRV', (name, expected) => {
    // All other records in one message: over TCP nothing is left out.
    expect(dig(view, name, 'SRV', { transport: 'tcp' })).toEqual([found, ...expected]);
  });

  it.each([`_http._udp.web.default.${svc}`, `_none._tcp.web.default.${svc}`, `http.tcp.web.default.${svc}`])(
    '%s SRV is absent',
    (name) => expect(dig(view, name, 'SRV')).toEqual(absent),
  );

  it('follows aliases inside the cluster, and hands those that lead out to whoever can ask', () => {
    const alias = `alias.default.${svc} CNAME web.default.${svc}`;
    expect(dig(view, `alias.default.${svc}`, 'A')).toEqual([found, alias, `web.default.${svc} A 10.96.0.20`]);
    expect(dig(view, `alias.default.${svc}`, 'AAAA')).toEqual([found, alias, soa]);
    expect(dig(view, `alias.default.${svc}`, 'CNAME')).toEqual([found, alias]);
    expect(dig(view, `loop.default.${svc}`, 'A')).toEqual(['SERVFAIL']);
    expect(dig(view, `away.default.${svc}`, 'A')).toEqual([found, `away.default.${svc} CNAME example.com`]);
    expect(dig(view, `away.default.${svc}`, 'A', { forwards: true })).toEqual(['follow example.com']);
  });

  it('starts lists elsewhere for each query', () => {
    const firsts = [0, 1, 2].map((id) => dig(view, `db.default.${svc}`, 'A', { id })[1]);
    expect(new Set(firsts).size).toBe(3);
  });

  it('lets nobody remember for more than 30 seconds', () => {
    for (const [ttlSeconds, expected] of [
      [undefined, 5],
      [30, 30],
      [999, 30],
    ] as const) {
      const reaction = answer(query(`web.default.${svc}`, 'A'), 'udp', view, { ttlSeconds });
      // The TTL is in the four bytes before the address and its length.
      expect(reaction.do === 'reply' && [...reaction.message.subarray(-10, -6)]).toEqual([0, 0, 0, expected]);
    }
  });

  it('fails rather than denies while it does not know the whole cluster', () => {
    expect(dig(view, `none.default.${svc}`, 'A', { ready: false })).toEqual(['SERVFAIL']);
  });

  it('serves another domain where told so', () => {
    const options = { clusterDomain: 'k8s.example' };
    const name = 'web.default.svc.k8s.example';
    expect(dig(view, name, 'A', options)).toEqual([found, `${name} A 10.96.0.20`]);
    expect(dig(view, `web.default.${svc}`, 'A', options)).toEqual(['REFUSED']);
  });
});

describe('other names', () => {
  it('are refused, or forwarded where someone can be asked', () => {
    for (const name of ['example.com', 'local', 'notcluster.local', '.']) {
      expect(dig(view, name, 'A')).toEqual(['REFUSED']);
      expect(dig(view, name, 'A', { forwards: true })).toEqual(['forward']);
    }
    expect(dig(view, `web.default.${svc}`, 'AXFR', { forwards: true })).toEqual(['REFUSED']);
  });

  it('lead back from addresses', () => {
    const arpa = 'in-addr.arpa';
    const ptr = (reversed: string, name: string): readonly string[] => [
      found,
      `${reversed}.${arpa} PTR ${name}.default.${svc}`,
    ];
    expect(dig(view, `20.0.96.10.${arpa}`, 'PTR')).toEqual(ptr('20.0.96.10', 'web'));
    expect(dig(view, `5.0.244.10.${arpa}`, 'PTR')).toEqual(ptr('5.0.244.10', 'db-0.db'));
    const nobody = ['NXDOMAIN aa', `^ ${arpa} SOA ns.dns.cluster.local`];
    // An endpoint without a hostname has no name of its own.
    expect(dig(view, `7.1.244.10.${arpa}`, 'PTR')).toEqual(nobody);
    expect(dig(view, `8.8.8.8.${arpa}`, 'PTR')).toEqual(nobody);
    expect(dig(view, `8.8.8.8.${arpa}`, 'PTR', { forwards: true })).toEqual(['forward']);
    expect(dig(view, `20.0.96.10.${arpa}`, 'A')).toEqual(['NOERROR aa', `^ ${arpa} SOA ns.dns.cluster.local`]);
    expect(dig(view, `0.96.10.${arpa}`, 'PTR')).toEqual(['REFUSED']);
  });
});
