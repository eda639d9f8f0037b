import type { Header, Kv } from '@trireme/ports';
import type { EtcdMember } from './member-port.ts';

export interface ServiceDeps {
  readonly kv: Kv;
  readonly member?: EtcdMember | undefined;
  /** The etcd whose API is spoken. Kubernetes asks for progress of watches from 3.5.13 on. */
  readonly version: string;
  /** Watch responses above this are split for clients that ask for fragments. */
  readonly maxResponseBytes: number;
}

/** The header of answers that the port gives without one. */
export async function headerOf(kv: Kv): Promise<Header> {
  const { header } = await kv.status();
  return header;
}
