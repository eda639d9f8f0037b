import { connect } from 'node:http2';
import { expect, it } from 'vitest';
import { createFakeMember } from '../fake-member.ts';
import { openLoopback } from '../loopback.ts';

/** One message of gRPC with nothing in it. */
const emptyMessage = Buffer.alloc(5);
const pieces = 60;

// As Go's gRPC does to measure the way while it reads: the next one when the last was answered.
it('lets a client ping with each part of a large answer', async () => {
  const sizeBytes = pieces * 50_000;
  const copy = async function* (): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < pieces; i++) yield new Uint8Array(50_000);
  };
  const member = createFakeMember({ snapshot: async () => ({ revision: 1, sizeBytes, pieces: copy() }) });
  const loopback = await openLoopback({ member });
  const session = connect(`http://127.0.0.1:${loopback.port}`);
  try {
    const received = await new Promise<number>((resolve, reject) => {
      session.on('goaway', (code, _last, why) => reject(new Error(`sent away: ${code} ${why}`)));
      session.on('error', reject);
      const headers = { ':method': 'POST', ':path': '/etcdserverpb.Maintenance/Snapshot', te: 'trailers' };
      const call = session.request({ ...headers, 'content-type': 'application/grpc' });
      call.end(emptyMessage);
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
    expect(received).toBeGreaterThan(sizeBytes);
  } finally {
    session.destroy();
    await loopback.close();
  }
});
