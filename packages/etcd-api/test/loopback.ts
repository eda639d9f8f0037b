import { silentLogger } from '@trireme/ports';
import { createMemoryKv, createVirtualTime, type MemoryKv } from '@trireme/testkit';
import { createEtcdServer, type EtcdServerOptions, type RpcServer } from '../src/index.ts';

export interface Loopback {
  readonly kv: MemoryKv;
  readonly server: RpcServer;
  readonly port: number;
  close(): Promise<void>;
}

/** A store in memory behind a server on loopback. */
export async function openLoopback(
  more: Partial<Pick<EtcdServerOptions, 'kv' | 'member' | 'tls' | 'listen' | 'maxRequestBytes'>> = {},
): Promise<Loopback> {
  const kv = createMemoryKv({ time: createVirtualTime() });
  const listen = [{ host: '127.0.0.1', port: 0 }];
  const server = await createEtcdServer({ kv, listen, logger: silentLogger, ...more });
  return {
    kv,
    server,
    port: Number(new URL(server.urls[0] ?? '').port),
    async close() {
      await server.close();
      kv.close();
    },
  };
}
