import { createCriRuntime } from '@trireme/adapter-cri';
import { createStreamPair } from '@trireme/apiserver';
import { fromUtf8 } from '@trireme/base';
import { type ByteStream, type Headers, readBody } from '@trireme/ports';

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
  if (response.status === 101 && !response.stream && response.onUpgrade) {
    // Answered by the adapter itself, which is given the client's end of the connection.
    const [near, far] = createStreamPair();
    response.onUpgrade(far);
    return { status: 101, text: await textOf(near) };
  }
  if (!response.stream) {
    return { status: response.status, text: fromUtf8((await readBody(response.body, 65_536)) ?? new Uint8Array()) };
  }
  // SPDY waits for the client to open its streams; the upgrade itself is all that is asked here.
  if (headers.upgrade !== 'websocket') {
    response.stream.destroy();
    return { status: response.status, text: response.headers['x-stream-protocol-version'] ?? '' };
  }
  return { status: response.status, text: await textOf(response.stream) };
}

/** What comes until the command's status, which comes last. */
async function textOf(stream: ByteStream): Promise<string> {
  let text = '';
  for await (const bytes of stream.incoming) {
    text += fromUtf8(bytes);
    if (text.includes('"status":"Success"')) break;
  }
  stream.destroy();
  return text;
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
