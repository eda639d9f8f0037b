import type { Bytes } from '@trireme/base';
import { KvError } from '@trireme/ports';
import { createGrpcChannel, type EtcdClientTls } from './grpc-channel.ts';
import { toNumber } from './mapping/index.ts';

export interface EtcdSnapshotOptions {
  /** One member: a snapshot is a copy of what that one has. */
  readonly endpoint: string;
  readonly tls?: EtcdClientTls | undefined;
}

/** A piece of the file, in order. */
export interface EtcdSnapshotPiece {
  readonly bytes: Bytes;
  readonly remainingBytes: number;
}

interface SnapshotResponseMessage {
  readonly remainingBytes?: Parameters<typeof toNumber>[0];
  readonly blob?: Bytes | null;
}

/**
 * Any etcd v3 member's snapshot: a database and its SHA-256, which the caller checks. Leaving the loop ends the call. A
 * member that falls silent before the end makes it throw.
 */
export async function* readEtcdSnapshot({ endpoint, tls }: EtcdSnapshotOptions): AsyncGenerator<EtcdSnapshotPiece> {
  const channel = createGrpcChannel([endpoint], tls);
  try {
    const call = channel.streams('/etcdserverpb.Maintenance/Snapshot');
    call.send({});
    let remainingBytes: number | undefined;
    for await (const message of call) {
      const { blob, remainingBytes: left } = message as SnapshotResponseMessage;
      remainingBytes = toNumber(left);
      if (blob) yield { bytes: blob, remainingBytes };
    }
    if (remainingBytes !== 0)
      throw new KvError(
        'unavailable',
        `copy the store of ${endpoint}: it ended before all of it was there. Try again.`,
      );
  } finally {
    channel.close();
  }
}
