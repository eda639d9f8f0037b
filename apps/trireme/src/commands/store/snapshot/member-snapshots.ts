import { type Bytes, CodedError, fromUtf8 } from '@trireme/base';
import { readBody } from '@trireme/ports';
import { adminTransport } from '../../../admin-client.ts';
import { homeOf, needSpec } from '../../../home.ts';
import type { SnapshotPlace } from './run-save.ts';

/** The members of a cluster that `up` has raised on this machine, reached as its administrator. */
export function memberSnapshots(clusterName: string): readonly SnapshotPlace[] {
  const spec = needSpec(clusterName);
  const { adminKubeconfig } = homeOf(clusterName);
  return spec.members.map(({ name, apiPort }) => ({
    name: `member ${name} of ${clusterName}`,
    pieces: () => readMemberSnapshot(adminKubeconfig, `https://127.0.0.1:${apiPort}`),
  }));
}

async function* readMemberSnapshot(
  kubeconfig: string,
  endpoint: string,
): AsyncGenerator<{ readonly bytes: Bytes; readonly remainingBytes?: number }> {
  const transport = adminTransport(kubeconfig, endpoint);
  try {
    const { status, headers, body } = await transport.request({
      method: 'GET',
      path: '/trireme/v1/snapshot',
      headers: {},
    });
    if (status !== 200) {
      const text = await readBody(body, 64 * 1024);
      throw new CodedError('refused', `it answered ${status}${text ? `: ${fromUtf8(text).trim()}` : ''}`);
    }
    let remaining = Number(headers['x-snapshot-bytes']);
    // A body that was there at once is one piece.
    for await (const bytes of body instanceof Uint8Array ? [body] : body) {
      remaining -= bytes.length;
      yield Number.isNaN(remaining) ? { bytes } : { bytes, remainingBytes: remaining };
    }
  } finally {
    await transport.close?.();
  }
}
