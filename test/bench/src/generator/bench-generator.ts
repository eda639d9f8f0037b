import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Measurement } from '../load/window.ts';
import { sleep } from '../load/window.ts';
import { freePorts, openWorkshop } from '../run/processes.ts';
import { createSession } from '../run/session.ts';
import { makeCertificates } from '../store/certificates.ts';

const works = ['put', 'get'] as const;

export interface GeneratorOptions {
  readonly clients: readonly number[];
  readonly seconds: number;
}

/** The load generator against a server that does as good as nothing: the most that can be measured on this machine. */
export async function benchGenerator(options: GeneratorOptions, say: (line: string) => void): Promise<string[]> {
  const workshop = await openWorkshop(tmpdir());
  const session = createSession(workshop, say);
  const lines = ['work  clients     op/s   p50 ms   p99 ms   generator CPU us/op   server CPU us/op'];
  try {
    const { caFile, client, members } = await makeCertificates(workshop.folder, 1, Date.now());
    const files = members[0]?.serving;
    if (!files) throw new Error('no certificate was made for the server');
    for (const work of works) {
      const [port = 0] = await freePorts(1);
      const module = join(import.meta.dirname, 'null-server.ts');
      const flags = { port, work, cert: files.cert, key: files.key, ca: caFile };
      const args = [module, ...Object.entries(flags).map(([name, value]) => `--${name}=${value}`)];
      const server = workshop.run({ program: process.execPath, args }, join(workshop.folder, 'null-server.log'));
      await sleep(1_000);
      for (const clients of options.clients) {
        const job = {
          type: 'loops',
          work,
          clients,
          keys: 100_000,
          endpoints: [{ host: '127.0.0.1', port, tls: client }],
          pids: [server.pid],
          idlePids: [],
          warmMs: 500,
          measureMs: options.seconds * 1000,
        } as const;
        const done = await session.attempt(`${work}, ${clients} clients`, async () => job, 60_000);
        if (done?.measurement) lines.push(lineOf(work, clients, done.measurement));
      }
      await server.stop();
    }
    return [...lines, ...session.warnings.map((warning) => `warning: ${warning}`)];
  } finally {
    await workshop.close();
  }
}

function lineOf(work: string, clients: number, seen: Measurement): string {
  const own = (seen.generatorCpu * 1e6) / seen.opsPerSecond;
  const cells = [
    seen.opsPerSecond.toFixed(0).padStart(7),
    seen.p50Ms.toFixed(2).padStart(7),
    seen.p99Ms.toFixed(2).padStart(7),
    own.toFixed(1).padStart(20),
    seen.cpuUsPerOp.toFixed(1).padStart(17),
  ];
  return `${work.padEnd(4)}  ${String(clients).padStart(7)}  ${cells.join('  ')}`;
}
