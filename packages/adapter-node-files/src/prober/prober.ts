import type { Prober } from '@trireme/ports';
import { probeGrpc } from './grpc-probe.ts';
import { probeHttp } from './http-probe.ts';
import { probeTcp } from './tcp-probe.ts';

/** Probes from this machine's network. */
export function createProber(): Prober {
  return { http: probeHttp, tcp: probeTcp, grpc: probeGrpc };
}
