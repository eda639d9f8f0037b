import { readFileSync } from 'node:fs';
import { createServer, type TLSSocket } from 'node:tls';
import { parseArgs } from 'node:util';
import { valueBytes } from '../load/etcd-requests.ts';
import {
  flags,
  frameHeaderBytes,
  frameOf,
  frameTypes,
  initialWindowBytes,
  largestWindowBytes,
  preface,
  settingsFrame,
  windowUpdateFrame,
} from '../load/frames.ts';
import { encodeHeader } from '../load/hpack.ts';
import { bytesField, varintField } from '../load/protobuf.ts';

// A server that answers every call with the same bytes, but for the revision, which grows: as little as a server can do. What
// the load generator reaches against it is the most that it can measure.
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    work: { type: 'string', default: 'put' },
    cert: { type: 'string', default: '' },
    key: { type: 'string', default: '' },
    ca: { type: 'string', default: '' },
  },
});

const opening = frameOf(
  frameTypes.headers,
  flags.endHeaders,
  0,
  Buffer.concat([encodeHeader(':status', '200'), encodeHeader('content-type', 'application/grpc')]),
);
const trailer = frameOf(
  frameTypes.headers,
  flags.endHeaders | flags.endStream,
  0,
  Buffer.concat([encodeHeader('grpc-status', '0'), encodeHeader('grpc-message', '')]),
);
const revisionBytes = 6;
/** A number of fixed width, whose value is written over it. */
const revisionField = Buffer.concat([Buffer.from([3 * 8]), Buffer.alloc(revisionBytes)]);
const pair = Buffer.concat([bytesField(1, Buffer.from('key')), bytesField(5, Buffer.alloc(valueBytes, 7))]);
const message = Buffer.concat([
  bytesField(1, revisionField),
  ...(values.work === 'get' ? [bytesField(2, pair), varintField(4, 1)] : []),
]);
const prefix = Buffer.alloc(5);
prefix.writeUInt32BE(message.length, 1);
const data = frameOf(frameTypes.data, 0, 0, Buffer.concat([prefix, message]));
const answer = Buffer.concat([opening, data, trailer]);
const revisionAt = opening.length + frameHeaderBytes + prefix.length + 3;
const streamsAt = [5, opening.length + 5, opening.length + data.length + 5];

let revision = 0;

function writeRevision(out: Buffer, at: number): void {
  revision += 1;
  let left = revision;
  for (let index = 0; index < revisionBytes; index++) {
    out[at + index] = (left % 128) + (index < revisionBytes - 1 ? 128 : 0);
    left = Math.floor(left / 128);
  }
}

function serve(socket: TLSSocket): void {
  let rest: Buffer = Buffer.alloc(0);
  let toSkip = preface.length;
  let taken = 0;
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.write(Buffer.concat([settingsFrame([]), windowUpdateFrame(0, largestWindowBytes - initialWindowBytes)]));
  socket.on('data', (chunk: Buffer) => {
    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    if (bytes.length < toSkip) {
      rest = bytes;
      return;
    }
    let at = toSkip;
    toSkip = 0;
    const answered: number[] = [];
    while (bytes.length - at >= frameHeaderBytes) {
      const next = at + frameHeaderBytes + bytes.readUIntBE(at, 3);
      if (next > bytes.length) break;
      const type = bytes[at + 3];
      if (type === frameTypes.data) {
        taken += next - at;
        answered.push(bytes.readUInt32BE(at + 5));
      } else if (type === frameTypes.settings && bytes[at + 4] === 0)
        socket.write(frameOf(frameTypes.settings, flags.ack, 0, Buffer.alloc(0)));
      at = next;
    }
    rest = bytes.subarray(at);
    if (taken > 8 << 20) {
      socket.write(windowUpdateFrame(0, taken));
      taken = 0;
    }
    if (answered.length > 0) socket.write(answersFor(answered));
  });
}

function answersFor(streams: readonly number[]): Buffer {
  const out = Buffer.allocUnsafe(answer.length * streams.length);
  streams.forEach((stream, index) => {
    const at = index * answer.length;
    answer.copy(out, at);
    for (const streamAt of streamsAt) out.writeUInt32BE(stream, at + streamAt);
    writeRevision(out, at + revisionAt);
  });
  return out;
}

const server = createServer({
  cert: readFileSync(values.cert),
  key: readFileSync(values.key),
  ca: readFileSync(values.ca),
  requestCert: true,
  ALPNProtocols: ['h2'],
});
server.on('secureConnection', serve);
server.on('tlsClientError', () => undefined);
server.listen(Number(values.port), '127.0.0.1');
process.once('SIGTERM', () => process.exit(0));
