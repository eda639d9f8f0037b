import { silentLogger } from '@trireme/ports';
import { createMemoryKv, createVirtualTime } from '@trireme/testkit';
import { kvSuite } from '@trireme/testkit/kv-suite';
import { createEtcdKv, createEtcdServer } from '../src/index.ts';

/** Lets the sockets have their turn. */
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

kvSuite('the client over the server', async () => {
  const time = createVirtualTime();
  const memory = createMemoryKv({ time });
  const server = await createEtcdServer({
    kv: memory,
    listen: [{ host: '127.0.0.1', port: 0 }],
    logger: silentLogger,
  });
  const kv = createEtcdKv({ endpoints: server.urls, time });
  return {
    kv,
    async advance(durationMs) {
      await time.advance(durationMs);
      await turn();
    },
    async close() {
      kv.close();
      await server.close();
      memory.close();
    },
  };
});
