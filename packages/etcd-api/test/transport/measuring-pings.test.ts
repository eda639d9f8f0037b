import { connect } from 'node:http2';
import { utf8 } from '@trireme/base';
import { expect, it } from 'vitest';
import { openLoopback } from '../loopback.ts';

/** One message of gRPC: the range from 'a' to 'b'. */
const request = Buffer.from([0, 0, 0, 0, 6, 0x0a, 1, 0x61, 0x12, 1, 0x62]);
const values = 20;
const valueBytes = 500_000;

// As Go's gRPC does to measure the way while it reads: the next one when the last was answered.
it('lets a client ping with each part of a large answer', async () => {
  const { kv, port, close } = await openLoopback();
  for (let i = 0; i < values; i++) {
    const put = { key: utf8(`a${i}`), value: new Uint8Array(valueBytes) };
    await kv.txn({ success: [{ type: 'put', request: put }] });
  }
  const session = connect(`http://127.0.0.1:${port}`);
  try {
    const received = await new Promise<number>((resolve, reject) => {
      session.on('goaway', (code, _last, why) => reject(new Error(`sent away: ${code} ${why}`)));
      session.on('error', reject);
      const headers = { ':method': 'POST', ':path': '/etcdserverpb.KV/Range', te: 'trailers' };
      const call = session.request({ ...headers, 'content-type': 'application/grpc' });
      call.end(request);
      let bytes = 0;
      let asked = false;
      call.on('data', (part: Buffer) => {
        bytes += part.length;
        if (asked) return;
        asked = true;
        session.ping(() => {
          asked = false;
        });
      });
      call.on('end', () => resolve(bytes));
    });
    expect(received).toBeGreaterThan(values * valueBytes);
  } finally {
    session.destroy();
    await close();
  }
});
