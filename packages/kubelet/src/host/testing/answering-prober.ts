import type { ProbeOutcome, Prober } from '@trireme/ports';

/** What a client meets at an address: undefined for a connection that is refused. */
export type Answer = (
  ip: string,
  port: number,
  path: string,
) => { readonly status: number; readonly body: string } | undefined;

/** Probes that ask a function where a real prober asks the network: a simulated runtime has one, `answer`. */
export function createAnsweringProber(answer: Answer): Prober {
  const connect = (host: string, port: number): ProbeOutcome =>
    answer(host, port, '/')
      ? { result: 'success', output: '' }
      : { result: 'failure', output: `dial tcp ${host}:${port}: connect: connection refused` };
  return {
    async http({ scheme, host, port, path }) {
      const found = answer(host, port, path);
      const refused = `Get "${scheme}://${host}:${port}${path}": dial tcp ${host}:${port}: connect: connection refused`;
      if (!found) return { result: 'failure', output: refused };
      if (found.status >= 200 && found.status < 400) return { result: 'success', output: found.body };
      return { result: 'failure', output: `HTTP probe failed with statuscode: ${found.status}` };
    },
    tcp: async ({ host, port }) => connect(host, port),
    grpc: async ({ host, port }) => connect(host, port),
  };
}
