import { createCriRuntime } from '@trireme/adapter-cri';
import { fromUtf8 } from '@trireme/base';
import { type Headers, readBody } from '@trireme/ports';

// Runs inside the node's network namespace, where the streaming server listens: `<socket> <container id>`. Prints what
// each kind of upgrade is answered with, as JSON.
const [socketPath = '', containerId = ''] = process.argv.slice(2);
const runtime = createCriRuntime({ socketPath });

async function attempt(headers: Headers, command: readonly string[]): Promise<{ status: number; text: string }> {
  const request = { kind: 'exec', containerId, command, stdin: false, stdout: true, stderr: true, tty: false } as const;
  const method = headers.upgrade === 'websocket' ? 'GET' : 'POST';
  const response = await runtime.stream(request, {
    method,
    path: '/exec',
    headers: { connection: 'Upgrade', ...headers },
  });
  if (!response.stream) {
    return { status: response.status, text: fromUtf8((await readBody(response.body, 65_536)) ?? new Uint8Array()) };
  }
  // SPDY waits for the client to open its streams; the upgrade itself is all that is asked here.
  if (headers.upgrade !== 'websocket') {
    response.stream.destroy();
    return { status: response.status, text: response.headers['x-stream-protocol-version'] ?? '' };
  }
  let text = '';
  for await (const bytes of response.stream.incoming) text += fromUtf8(bytes);
  return { status: response.status, text };
}

const webSocket = (protocol: string): Headers => ({
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'sec-websocket-protocol': protocol,
});

const echo = ['echo', 'from inside'];
const results = {
  v4: await attempt(webSocket('v4.channel.k8s.io'), echo),
  v5: await attempt(webSocket('v5.channel.k8s.io'), echo),
  spdy: await attempt(
    { upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'v5.channel.k8s.io, v4.channel.k8s.io' },
    echo,
  ),
};
console.log(JSON.stringify(results));
runtime.close();
