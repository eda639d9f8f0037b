import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { type DnsAnswer, silentLogger } from '@trireme/ports';
import { afterEach, describe, expect, it } from 'vitest';
import { createDnsForwarder, createDnsServer, type DnsServer } from './index.ts';
import { createFrameReader, frameOf } from './tcp-frames.ts';

const servers: DnsServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())));

async function serve(answer: DnsAnswer): Promise<{ readonly host: string; readonly port: number }> {
  const server = createDnsServer({ answer, listen: [{ host: '127.0.0.1', port: 0 }], logger: silentLogger });
  servers.push(server);
  await server.start();
  const [address] = server.addresses;
  if (!address) throw new TypeError('the server listens');
  return address;
}

/** Messages of 16 bytes: an id, and what tells them apart. */
const message = (id: number): Uint8Array => Uint8Array.from({ length: 16 }, (_, at) => (at === 1 ? id : at));
const echo: DnsAnswer = async (query, transport) => Uint8Array.of(...query, transport === 'udp' ? 1 : 2);

describe('createDnsServer', () => {
  it('answers over UDP and TCP on one port', async () => {
    const address = await serve(echo);
    const forwarder = createDnsForwarder({ upstreams: [address], logger: silentLogger });
    expect(await forwarder.forward(message(3), 'udp')).toEqual(Buffer.of(...message(3), 1));
    expect(await forwarder.forward(message(4), 'tcp')).toEqual(Buffer.of(...message(4), 2));
  });

  it('answers several queries of one connection, each when it is ready, however their bytes arrive', async () => {
    const waiting: (() => void)[] = [];
    const address = await serve(async (query) => {
      if (query[1] === 1) await new Promise<void>((resolve) => waiting.push(resolve));
      else waiting.shift()?.();
      return query;
    });
    const answers: number[] = [];
    await new Promise<void>((resolve) => {
      const reader = createFrameReader();
      const socket = connect(address, () => {
        const [first, second] = [frameOf(message(1)), frameOf(message(2))];
        socket.write(first.subarray(0, 1));
        socket.write(first.subarray(1, 9));
        socket.write(Buffer.concat([first.subarray(9), second]));
      });
      socket.on('data', (chunk: Buffer) => {
        for (const each of reader.push(chunk)) answers.push(each[1] ?? 0);
        if (answers.length === 2) socket.end(resolve);
      });
    });
    expect(answers.sort()).toEqual([1, 2]);
  });

  it('says nothing where the answer is empty or fails, and goes on', async () => {
    const address = await serve(async (query) => {
      if (query[1] === 1) throw new Error('a bug');
      return query[1] === 2 ? new Uint8Array(0) : query;
    });
    const socket = createSocket('udp4');
    const replies: number[] = [];
    await new Promise<void>((resolve) => {
      socket.on('message', (reply) => {
        replies.push(reply[1] ?? 0);
        resolve();
      });
      socket.connect(address.port, address.host, () => {
        for (const id of [1, 2, 3]) socket.send(message(id));
      });
    });
    socket.close();
    expect(replies).toEqual([3]);
  });

  it('says why it cannot listen, and leaves nothing open', async () => {
    const taken = await serve(echo);
    const listen = [{ host: '127.0.0.1', port: 0 }, taken];
    const server = createDnsServer({ answer: echo, listen, logger: silentLogger });
    await expect(server.start()).rejects.toMatchObject({ code: 'dns-listen-failed' });
    expect(server.addresses).toEqual([]);
  });
});

describe('createDnsForwarder', () => {
  it('asks the next server where one is silent, and gives up after the last', async () => {
    const silent = await serve(async () => new Uint8Array(0));
    const good = await serve(echo);
    const upstreams = [silent, good];
    const forwarder = createDnsForwarder({ upstreams, logger: silentLogger, timeoutMs: 50 });
    for (const transport of ['udp', 'tcp'] as const) {
      expect(await forwarder.forward(message(5), transport)).toHaveLength(17);
    }
    const hopeless = createDnsForwarder({ upstreams: [silent], logger: silentLogger, timeoutMs: 50 });
    await expect(hopeless.forward(message(5), 'udp')).rejects.toMatchObject({ code: 'dns-no-upstream' });
  });

  it('ignores answers to other queries', async () => {
    const address = await serve(async (query) => Uint8Array.of(...query.subarray(0, 1), 99, ...query.subarray(2)));
    const forwarder = createDnsForwarder({ upstreams: [address], logger: silentLogger, timeoutMs: 50 });
    await expect(forwarder.forward(message(5), 'udp')).rejects.toMatchObject({ code: 'dns-no-upstream' });
  });
});
