import { type ClientHttp2Session, connect } from 'node:http2';
import type { ProbeOutcome, ProbeTarget } from '@trireme/ports';

const statusNames = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];

/** grpc.health.v1.Health/Check in plain text. The two messages are a string and an enum, so they are written by hand. */
export function probeGrpc(target: ProbeTarget & { readonly service: string }): Promise<ProbeOutcome> {
  const { host, port, timeoutMs, signal, service } = target;
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return new Promise((resolve) => {
    const session = connect(`http://${address}`);
    const finish = (result: 'success' | 'failure', output: string): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      resolve({ result, output });
      session.destroy();
    };
    const unreachable = (): void => {
      const within = `${timeoutMs / 1000}s`;
      finish('failure', `timeout: failed to connect service "${address}" within ${within}: context deadline exceeded`);
    };
    const onAbort = (): void => finish('failure', 'context canceled');
    const timer = setTimeout(unreachable, timeoutMs);
    signal?.addEventListener('abort', onAbort);
    session.on('error', (error) =>
      finish('failure', `error: failed to connect service "${address}": ${error.message}`),
    );
    session.on('connect', () => check(session, service, timeoutMs, finish));
  });
}

function check(
  session: ClientHttp2Session,
  service: string,
  timeoutMs: number,
  finish: (result: 'success' | 'failure', output: string) => void,
): void {
  const stream = session.request({
    ':method': 'POST',
    ':path': '/grpc.health.v1.Health/Check',
    'content-type': 'application/grpc',
    te: 'trailers',
    'grpc-timeout': `${Math.max(1, Math.round(timeoutMs))}m`,
    'user-agent': 'kube-probe/1.36',
  });
  const parts: Buffer[] = [];
  let code = '';
  let message = '';
  const takeStatus = (headers: Readonly<Record<string, unknown>>): void => {
    code = String(headers['grpc-status'] ?? code);
    message = String(headers['grpc-message'] ?? message);
  };
  stream.on('response', takeStatus);
  stream.on('trailers', takeStatus);
  stream.on('data', (part: Buffer) => parts.push(part));
  stream.on('error', (error) => finish('failure', `error: health rpc probe failed: ${error.message}`));
  stream.on('end', () => {
    if (code === '12') {
      const what = 'this server does not implement the grpc health protocol (grpc.health.v1.Health)';
      return finish('failure', `error: ${what}: ${message}`);
    }
    if (code !== '0') return finish('failure', `error: health rpc probe failed: code ${code}: ${message}`);
    const status = statusNames[servingStatus(Buffer.concat(parts))] ?? 'UNKNOWN';
    if (status === 'SERVING') return finish('success', '');
    finish('failure', `service unhealthy (responded with "${status}")`);
  });
  stream.end(frame(service));
}

function frame(service: string): Buffer {
  const name = Buffer.from(service, 'utf8');
  const message = name.length === 0 ? name : Buffer.concat([Buffer.from([0x0a]), varint(name.length), name]);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let left = value; ; left >>>= 7) {
    if (left < 0x80) return Buffer.from([...bytes, left]);
    bytes.push((left & 0x7f) | 0x80);
  }
}

// An enum of small numbers in field 1; proto3 leaves the zero out.
function servingStatus(body: Buffer): number {
  return body.length >= 7 && body[5] === 0x08 ? (body[6] ?? 0) : 0;
}
