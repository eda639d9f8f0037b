import { type AddressInfo, createServer, type Socket } from 'node:net';
import { fromUtf8, utf8 } from '@trireme/base';
import { createAuthority, issue } from '@trireme/pki';
import { silentLogger, type Timers } from '@trireme/ports';
import { afterEach, describe, expect, it } from 'vitest';
import { askPeer, createTlsPeerTransport, type PeerGreeting, type PeerTls, type TlsPeerTransport } from './index.ts';

const nowMs = Date.now();
const authority = await createAuthority({ subject: { commonName: 'members' }, validDays: 1, nowMs });
const stranger = await createAuthority({ subject: { commonName: 'members' }, validDays: 1, nowMs });
const open: TlsPeerTransport[] = [];
const time: Timers = {
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};

async function tlsOf(name: string, from = authority): Promise<PeerTls> {
  const issued = await issue(from, {
    subject: { commonName: name },
    usages: ['server', 'client'],
    validDays: 1,
    nowMs,
  });
  return { ca: authority.certificatePem, cert: issued.certificatePem, key: issued.privateKeyPem };
}

async function start(id: bigint, tls?: PeerTls, port = 0) {
  const transport = await createTlsPeerTransport({
    id,
    listen: { host: '127.0.0.1', port },
    tls: tls ?? (await tlsOf(`member-${id}`)),
    logger: silentLogger,
    time,
  });
  open.push(transport);
  const received: string[] = [];
  transport.onMessage((from, message) => received.push(`${from}:${fromUtf8(message)}`));
  return { transport, received, url: `https://127.0.0.1:${transport.address.port}` };
}

/** The event loop does the waiting: sockets have no port to be driven by. */
const until = (condition: () => boolean) => expect.poll(condition, { timeout: 5_000, interval: 5 }).toBe(true);

afterEach(async () => {
  for (const transport of open.splice(0)) await transport.close();
});

describe('peer transport', () => {
  it('carries messages both ways, in order, large ones too', async () => {
    const a = await start(1n);
    const b = await start(2n);
    a.transport.setPeers([{ id: 2n, url: b.url }]);
    b.transport.setPeers([{ id: 1n, url: a.url }]);
    for (let i = 0; i < 100; i++) a.transport.send(2n, utf8(`m${i}`));
    b.transport.send(1n, utf8('x'.repeat(3_000_000)));
    await until(() => b.received.length === 100 && a.received.length === 1);
    expect(b.received).toEqual(Array.from({ length: 100 }, (_, i) => `1:m${i}`));
    expect(a.received[0]?.length).toBe(3_000_002);
  });

  it('finds a peer again that went away and came back', async () => {
    const a = await start(1n);
    const first = await start(2n);
    a.transport.setPeers([{ id: 2n, url: first.url }]);
    a.transport.send(2n, utf8('one'));
    await until(() => first.received.length === 1);
    const { port } = first.transport.address;
    await first.transport.close();
    const second = await start(2n, undefined, port);
    await until(() => {
      a.transport.send(2n, utf8('two'));
      return second.received.length > 0;
    });
    expect(second.received[0]).toBe('1:two');
  });

  it('says when the connection from a peer breaks, and not when the peer has just connected anew', async () => {
    const a = await start(1n);
    const b = await start(2n);
    const lost: bigint[] = [];
    b.transport.onDisconnect?.((from) => lost.push(from));
    a.transport.setPeers([{ id: 2n, url: b.url }]);
    a.transport.send(2n, utf8('one'));
    await until(() => b.received.length === 1);
    // Another process of the same member takes the first one's place.
    const again = await start(1n);
    again.transport.setPeers([{ id: 2n, url: b.url }]);
    again.transport.send(2n, utf8('two'));
    await until(() => b.received.includes('1:two'));
    expect(lost).toEqual([]);
    await a.transport.close();
    await again.transport.close();
    await until(() => lost.length > 0);
    expect(lost[0]).toBe(1n);
  });

  it.each([
    ['of another authority', 'member-1', stranger],
    ['that is no member', 'kubernetes-admin', authority],
  ])('does not hear a peer with a certificate %s', async (_, name, from) => {
    const b = await start(2n);
    const bad = await start(1n, await tlsOf(name, from));
    const good = await start(3n);
    bad.transport.setPeers([{ id: 2n, url: b.url }]);
    good.transport.setPeers([{ id: 2n, url: b.url }]);
    bad.transport.send(2n, utf8('evil'));
    await until(() => {
      good.transport.send(2n, utf8('good'));
      return b.received.length > 2;
    });
    expect(b.received.filter((message) => message !== '3:good')).toEqual([]);
  });

  it('tries all addresses of a peer in turn', async () => {
    const a = await start(1n);
    const gone = await start(3n);
    await gone.transport.close();
    const b = await start(2n);
    a.transport.setPeers([{ id: 2n, url: gone.url, moreUrls: [b.url] }]);
    a.transport.send(2n, utf8('one'));
    await until(() => b.received.length > 0);
  });

  it('makes a connection anew over which a peer is spoken to and not heard', async () => {
    // Time goes by when the test says so.
    const timers: (() => void)[] = [];
    const pass = (): void => {
      for (const callback of timers.splice(0)) callback();
    };
    const asked: Socket[] = [];
    const mute = createServer((socket) => void asked.push(socket.on('error', () => undefined)));
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const { port } = mute.address() as AddressInfo;
    const a = await greet(1n, {
      time: {
        after: (_, callback) => ({
          cancel: () => void timers.splice(timers.indexOf(callback) >>> 0, 1),
          at: timers.push(callback),
        }),
      },
    });
    a.transport.setPeers([{ id: 2n, url: `http://127.0.0.1:${port}` }]);
    await until(() => asked.length === 1);
    const first = asked[0] as Socket;
    await new Promise((resolve) => first.once('data', resolve));
    for (let look = 1; look <= 3; look++) pass();
    expect(first.readableEnded).toBe(false);
    a.transport.send(2n, utf8('still there?'));
    await until(() => {
      pass();
      return asked.length > 1;
    });
    for (const socket of asked) socket.destroy();
    mute.close();
  });

  it('does not speak to a member that is not the one it looks for', async () => {
    const a = await start(1n);
    const impostor = await start(3n);
    const b = await start(2n);
    a.transport.setPeers([{ id: 2n, url: impostor.url }]);
    a.transport.send(2n, utf8('secret'));
    a.transport.setPeers([
      { id: 2n, url: impostor.url },
      { id: 4n, url: b.url },
    ]);
    await new Promise((resolve) => setImmediate(resolve));
    a.transport.setPeers([{ id: 2n, url: b.url }]);
    await until(() => {
      a.transport.send(2n, utf8('hello'));
      return b.received.length > 0;
    });
    expect(impostor.received).toEqual([]);
  });
});

/** Members that greet each other: plainly, or over TLS with certificates that name hosts. */
async function greet(id: bigint, how: { tls?: PeerTls | undefined; greeting?: PeerGreeting; time?: Timers } = {}) {
  const transport = await createTlsPeerTransport({
    id,
    listen: { host: '127.0.0.1', port: 0 },
    greeting: { cluster: 7n },
    logger: silentLogger,
    time,
    ...how,
  });
  open.push(transport);
  const received: string[] = [];
  transport.onMessage((from, message) => received.push(`${from}:${fromUtf8(message)}`));
  return { transport, received, url: `${how.tls ? 'https' : 'http'}://127.0.0.1:${transport.address.port}` };
}

async function hostTls(from = authority): Promise<PeerTls> {
  const subject = { commonName: 'etcd' };
  const names = { ips: ['127.0.0.1'] };
  const issued = await issue(from, { subject, names, usages: ['server', 'client'], validDays: 1, nowMs });
  return { ca: authority.certificatePem, cert: issued.certificatePem, key: issued.privateKeyPem };
}

const ofHost = await hostTls();
const ofStranger = await hostTls(stranger);

describe('peers that greet each other', () => {
  it.each([
    ['plainly', undefined],
    ['with certificates of one authority', ofHost],
    ['with keys they made for themselves', { ...ofStranger, ca: undefined, trustAnyServer: true }],
  ])('hear each other %s', async (_, tls) => {
    const a = await greet(1n, { tls });
    const b = await greet(2n, { tls });
    a.transport.setPeers([{ id: 2n, url: b.url }]);
    b.transport.setPeers([{ id: 1n, url: a.url }]);
    a.transport.send(2n, utf8('one'));
    b.transport.send(1n, utf8('two'));
    await until(() => a.received.length + b.received.length === 2);
    expect([a.received, b.received]).toEqual([['2:two'], ['1:one']]);
  });

  it.each([
    ['of another cluster', { greeting: { cluster: 8n } }, 1n],
    ['that says to be the member itself', {}, 2n],
    ['with a certificate of another authority', { tls: ofStranger }, 1n],
  ])('do not hear one %s', async (_, how, id) => {
    const tls = 'tls' in how ? ofHost : undefined;
    const b = await greet(2n, { tls });
    const bad = await greet(id, how);
    const good = await greet(3n, { tls });
    bad.transport.setPeers([{ id: id === 2n ? 9n : 2n, url: b.url }]);
    bad.transport.send(id === 2n ? 9n : 2n, utf8('evil'));
    good.transport.setPeers([{ id: 2n, url: b.url }]);
    await until(() => {
      good.transport.send(2n, utf8('good'));
      return b.received.length > 2;
    });
    expect(b.received.filter((message) => message !== '3:good')).toEqual([]);
  });

  it('answer who only asks', async () => {
    const answer = async (question: string) => (question === 'members' ? 'a, b' : undefined);
    const b = await greet(2n, { greeting: { cluster: 7n, answer } });
    expect(await askPeer({ timers: time }, b.url, 'members', 5_000)).toBe('a, b');
    await expect(askPeer({ timers: time }, b.url, 'secrets', 5_000)).rejects.toThrow(/it closed the connection/);
    const nobody = await greet(3n);
    await nobody.transport.close();
    await expect(askPeer({ timers: time }, nobody.url, 'members', 5_000)).rejects.toThrow(/ECONNREFUSED/);
  });
});
