import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import {
  flags,
  frameHeaderBytes,
  frameOf,
  frameTypes,
  initialWindowBytes,
  largestWindowBytes,
  maxFrameBytes,
  preface,
  settingIds,
  settingsFrame,
  windowUpdateFrame,
} from './frames.ts';
import { decodeHeaders } from './hpack.ts';
import { createMessageReader, type MessageReader } from './message-reader.ts';
import { type Template, writeTemplate } from './template.ts';

/** One call. What comes next may be started from inside its callbacks: it goes out when all that came in is read. */
export interface Call {
  readonly template: Template;
  /** Changes the request's message, whose copy begins at `messageAt` of `out`. Called when it is sent. */
  fill(out: Buffer, messageAt: number, nowMs: number): void;
  /** A message lies in `bytes` from `start` to `end`, until this returns. */
  onMessage(bytes: Buffer, start: number, end: number, nowMs: number): void;
  /** The call is over, with gRPC's status. */
  onEnd(status: number, message: string, nowMs: number): void;
}

export interface Endpoint {
  readonly host: string;
  readonly port: number;
  /** PEM. */
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string } | undefined;
}

/** gRPC's codes for what happens below gRPC. */
const unavailable = 14;
const unknown = 2;
/** How much is read before the server is told that there is room again. */
const acknowledgeBytes = 8 << 20;

/**
 * One HTTP/2 connection that makes gRPC calls, for load and nothing else: it reads of an answer what a measurement needs, and
 * writes the calls of one turn at once. Its headers carry no state, the server is asked for none either.
 */
export class Connection {
  readonly #socket: Socket;
  readonly #now: () => number;
  readonly #calls = new Map<number, MessageReader>();
  readonly #waiting: Call[] = [];
  #nextStream = 1;
  #sendWindow = initialWindowBytes;
  #streamWindow = initialWindowBytes;
  #unacknowledged = 0;
  #rest: Buffer | undefined;
  /** A trailer that said that all is well: the next one is most often the same. */
  #goodTrailer: Buffer | undefined;
  #block: Buffer[] = [];
  #blockEndsStream = false;
  #nowMs = 0;
  #closed: string | undefined;
  /** How many calls the server lets be open at once. */
  maxStreams = largestWindowBytes;

  constructor(socket: Socket, now: () => number) {
    this.#socket = socket;
    this.#now = now;
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', (error) => this.#end(error.message));
    socket.on('close', () => this.#end('the connection was closed'));
    socket.write(
      Buffer.concat([
        preface,
        settingsFrame([
          [settingIds.headerTableSize, 0],
          [settingIds.enablePush, 0],
          [settingIds.initialWindowSize, largestWindowBytes],
        ]),
        windowUpdateFrame(0, largestWindowBytes - initialWindowBytes),
      ]),
    );
  }

  get openCalls(): number {
    return this.#calls.size + this.#waiting.length;
  }

  /** Takes a call on. It is sent by `flush`, or when what came in has been read. */
  start(call: Call): void {
    this.#waiting.push(call);
  }

  /** Sends what waits, as far as the server's window goes. */
  flush(): void {
    if (this.#waiting.length === 0) return;
    const nowMs = this.#now();
    if (this.#closed !== undefined) {
      for (const call of this.#waiting.splice(0)) call.onEnd(unavailable, this.#closed, nowMs);
      return;
    }
    let count = 0;
    let size = 0;
    for (const { template } of this.#waiting) {
      if (template.windowBytes > this.#sendWindow) break;
      if (template.windowBytes > this.#streamWindow) throw new Error('send a call: it is larger than a stream may be');
      this.#sendWindow -= template.windowBytes;
      size += template.bytes.length;
      count += 1;
    }
    if (count === 0) return;
    const out = Buffer.allocUnsafe(size);
    let at = 0;
    for (const call of this.#waiting.splice(0, count)) {
      const stream = this.#nextStream;
      this.#nextStream += 2;
      call.fill(out, writeTemplate(call.template, out, at, stream), nowMs);
      this.#calls.set(stream, createMessageReader(call));
      at += call.template.bytes.length;
    }
    this.#socket.write(out);
  }

  close(): void {
    this.#end('the load is over');
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    this.#nowMs = this.#now();
    const bytes = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk;
    let at = 0;
    while (bytes.length - at >= frameHeaderBytes) {
      const length = ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number);
      const start = at + frameHeaderBytes;
      const end = start + length;
      if (end > bytes.length) break;
      this.#frame(bytes[at + 3] as number, bytes[at + 4] as number, bytes.readUInt32BE(at + 5), bytes, start, end);
      at = end;
    }
    this.#rest = at < bytes.length ? bytes.subarray(at) : undefined;
    this.flush();
  }

  #frame(type: number, bits: number, stream: number, bytes: Buffer, start: number, end: number): void {
    if (type === frameTypes.data) this.#data(bits, stream, bytes, start, end);
    else if (type === frameTypes.headers) this.#headers(bits, stream, bytes, start, end);
    else if (type === frameTypes.windowUpdate) {
      if (stream === 0) this.#sendWindow += bytes.readUInt32BE(start);
    } else if (type === frameTypes.continuation) {
      this.#block.push(Buffer.from(bytes.subarray(start, end)));
      if (bits & flags.endHeaders) this.#wholeBlock(stream);
    } else if (type === frameTypes.settings) {
      if (!(bits & flags.ack)) this.#settings(bytes, start, end);
    } else if (type === frameTypes.ping) {
      if (!(bits & flags.ack)) this.#socket.write(frameOf(frameTypes.ping, flags.ack, 0, bytes.subarray(start, end)));
    } else if (type === frameTypes.reset) {
      this.#endCall(stream, unavailable, `the server reset the call with code ${bytes.readUInt32BE(start)}`);
    } else if (type === frameTypes.goAway) {
      const said = bytes.toString('latin1', start + 8, end);
      this.#end(`the server ended the connection with code ${bytes.readUInt32BE(start + 4)} ${said}`);
    }
  }

  #settings(bytes: Buffer, start: number, end: number): void {
    for (let at = start; at + 6 <= end; at += 6) {
      const value = bytes.readUInt32BE(at + 2);
      const id = bytes.readUInt16BE(at);
      if (id === settingIds.initialWindowSize) this.#streamWindow = value;
      else if (id === settingIds.maxConcurrentStreams) this.maxStreams = value;
      else if (id === settingIds.maxFrameSize && value < maxFrameBytes) this.#end('the server takes no whole frames');
    }
    this.#socket.write(frameOf(frameTypes.settings, flags.ack, 0, new Uint8Array()));
  }

  #data(bits: number, stream: number, bytes: Buffer, start: number, end: number): void {
    this.#unacknowledged += end - start;
    if (this.#unacknowledged >= acknowledgeBytes) {
      this.#socket.write(windowUpdateFrame(0, this.#unacknowledged));
      this.#unacknowledged = 0;
    }
    const padded = (bits & flags.padded) !== 0;
    const from = padded ? start + 1 : start;
    const to = padded ? end - (bytes[start] as number) : end;
    this.#calls.get(stream)?.push(bytes, from, to, this.#nowMs);
    if (bits & flags.endStream) this.#endCall(stream, unknown, 'the server ended the call without a status');
  }

  #headers(bits: number, stream: number, bytes: Buffer, start: number, end: number): void {
    const ends = (bits & flags.endStream) !== 0;
    const whole = (bits & flags.endHeaders) !== 0;
    const good = this.#goodTrailer;
    if (ends && whole && good && bytes.compare(good, 0, good.length, start, end) === 0) {
      this.#endCall(stream, 0, '');
      return;
    }
    // Headers that end nothing say only that an answer begins, and keep no state either.
    if (!ends && whole) return;
    const from = start + (bits & flags.padded ? 1 : 0) + (bits & flags.priority ? 5 : 0);
    const to = bits & flags.padded ? end - (bytes[start] as number) : end;
    this.#block = [Buffer.from(bytes.subarray(from, to))];
    this.#blockEndsStream = ends;
    if (whole) this.#wholeBlock(stream);
  }

  #wholeBlock(stream: number): void {
    const block = Buffer.concat(this.#block);
    if (!this.#blockEndsStream) return;
    const headers = decodeHeaders(block);
    const status = headers.get('grpc-status');
    const http = headers.get(':status');
    if (status === '0' && http === undefined) this.#goodTrailer = block;
    const message = percentDecoded(headers.get('grpc-message') ?? '');
    if (status === '0') this.#endCall(stream, 0, '');
    else if (status === undefined) this.#endCall(stream, unknown, `the server answered with HTTP status ${http}`);
    else this.#endCall(stream, Number(status), message);
  }

  #endCall(stream: number, status: number, message: string): void {
    const reader = this.#calls.get(stream);
    if (!reader) return;
    this.#calls.delete(stream);
    reader.call.onEnd(status, message, this.#nowMs);
  }

  #end(reason: string): void {
    if (this.#closed !== undefined) return;
    this.#closed = reason;
    this.#socket.destroy();
    this.#nowMs = this.#now();
    for (const stream of [...this.#calls.keys()]) this.#endCall(stream, unavailable, reason);
    this.flush();
  }
}

/** gRPC's status messages come percent-encoded, and a server that gets it wrong is to be read all the same. */
function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Connects, with HTTP/2 agreed on by ALPN where there is TLS. */
export function connectGrpc(endpoint: Endpoint, now: () => number, timeoutMs = 10_000): Promise<Connection> {
  const { host, port, tls } = endpoint;
  return new Promise((resolve, reject) => {
    const socket: Socket = tls
      ? connectTls({ host, port, ...tls, ALPNProtocols: ['h2'], minVersion: 'TLSv1.2' })
      : connectPlain({ host, port });
    const fail = (reason: string): void => {
      socket.destroy();
      reject(new Error(`connect to ${host}:${port}: ${reason}`));
    };
    socket.setTimeout(timeoutMs, () => fail(`no answer in ${timeoutMs} ms`));
    socket.once('error', (error) => fail(error.message));
    socket.once(tls ? 'secureConnect' : 'connect', () => {
      socket.setTimeout(0);
      socket.removeAllListeners('error');
      socket.setNoDelay(true);
      resolve(new Connection(socket, now));
    });
  });
}
