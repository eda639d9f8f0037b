import { createDeferred } from '@trireme/base';
import type { ByteStream } from '@trireme/ports';
import { behaviourOf } from '../images.ts';
import { answerOfContainer } from '../probes.ts';
import type { Sandbox, World } from '../world.ts';
import { serveHttp } from './serve-http.ts';

/** Connects to a port inside a sandbox; resolves when the connection is over, and throws where nothing listens. */
export async function connectPort(world: World, sandbox: Sandbox, port: number, stream: ByteStream): Promise<void> {
  for (const container of world.containers.values()) {
    if (container.sandbox !== sandbox || container.state !== 'running') continue;
    const { connect } = behaviourOf(world, container.config.image) ?? {};
    if (connect) return await untilEnded(stream, (watched) => connect(port, watched));
    const answer = (path: string) => answerOfContainer(world, container, port, path);
    if (answer('/')) return await serveHttp(stream, answer);
  }
  const refused = `dial tcp4 127.0.0.1:${port}: connect: connection refused`;
  const noIpv6 = 'dial tcp6: address localhost: no suitable address found';
  const where = `failed to connect to localhost:${port} inside namespace "${sandbox.id}"`;
  throw new Error(
    `failed to execute portforward in network namespace "/var/run/netns/${sandbox.id}": ${where}, IPv4: ${refused} IPv6 ${noIpv6} `,
  );
}

/** The handler keeps the stream for as long as it likes: the connection is over when it ends it. */
async function untilEnded(stream: ByteStream, handle: (stream: ByteStream) => void): Promise<void> {
  const ended = createDeferred<void>();
  handle({
    incoming: stream.incoming,
    write: (bytes) => stream.write(bytes),
    end() {
      stream.end();
      ended.resolve();
    },
    destroy() {
      stream.destroy();
      ended.resolve();
    },
  });
  await ended.promise;
}
