import { headerToMessage } from '../mapping/index.ts';
import { type RpcMethod, streams } from './rpc.ts';
import { headerOf, type ServiceDeps } from './service-deps.ts';
import { unimplemented } from './unimplemented.ts';

/** Small enough for any client's limit, and for many to be on the way at once. */
const blobBytes = 64 * 1024;

/** The store as a file, in pieces that the caller puts together: a database as etcd keeps it, then its checksum. */
export function snapshotMethods({ kv, member, version }: ServiceDeps): readonly RpcMethod[] {
  return [
    streams('/etcdserverpb.Maintenance/Snapshot', async (_requests, send, signal) => {
      const snapshot = await (member?.snapshot?.({ signal }) ?? unimplemented('cannot be copied here'));
      const header = headerToMessage({ ...(await headerOf(kv)), revision: snapshot.revision });
      let remaining = snapshot.sizeBytes;
      for await (const piece of snapshot.pieces) {
        for (let at = 0; at < piece.length; at += blobBytes) {
          const blob = piece.subarray(at, at + blobBytes);
          remaining -= blob.length;
          // Rejects when the caller is gone, which ends the loop and frees the copy.
          await send({ header, remainingBytes: remaining, blob, version });
        }
      }
    }),
  ];
}
