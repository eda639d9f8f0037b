import type { CancelSignal } from './time.ts';

/** Asks a process on the pod network whether it is well: the probes that need no runtime. Never throws. */
export interface Prober {
  /** Follows up to ten redirects to the same host. A status of 200 to 399 is success. TLS certificates are not verified. */
  http(request: HttpProbe): Promise<ProbeOutcome>;
  tcp(target: ProbeTarget): Promise<ProbeOutcome>;
  /** grpc.health.v1.Health/Check. */
  grpc(target: ProbeTarget & { readonly service: string }): Promise<ProbeOutcome>;
}

export interface ProbeTarget {
  readonly host: string;
  readonly port: number;
  readonly timeoutMs: number;
  readonly signal?: CancelSignal | undefined;
}

export interface HttpProbe extends ProbeTarget {
  readonly scheme: 'http' | 'https';
  readonly path: string;
  /** In the order given; a name may repeat. */
  readonly headers: readonly { readonly name: string; readonly value: string }[];
}

/** `output` is what a person reads in the event: the beginning of the answer, or what went wrong. */
export interface ProbeOutcome {
  readonly result: 'success' | 'failure';
  readonly output: string;
}
