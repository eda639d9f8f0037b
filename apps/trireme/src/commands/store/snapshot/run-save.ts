import { readFileSync } from 'node:fs';
import { type Bytes, CodedError, messageOf } from '@trireme/base';
import { type EtcdSnapshotPiece, readEtcdSnapshot } from '@trireme/etcd-api';
import { createProgress } from '../../../progress.ts';
import { formatBytes } from '../../../tables.ts';
import type { EndpointOptions, SaveOptions } from './command-options.ts';
import { memberEndpoints } from './member-endpoints.ts';
import { writeSnapshotFile } from './save-file.ts';
import { withSnapshotFile } from './snapshot-disk-file.ts';

/** A member that can be copied. */
interface SnapshotPlace {
  readonly name: string;
  pieces(): AsyncIterable<EtcdSnapshotPiece>;
}

/** Copies the first member that can be copied. */
export async function saveSnapshot(file: string, options: SaveOptions): Promise<void> {
  const places = placesAt(options.cluster === undefined ? options : memberEndpoints(options.cluster));
  const progress = createProgress();
  const refusals: string[] = [];
  for (const place of places) {
    try {
      const sizeBytes = await progress.stage(`copy ${place.name}`, (note) =>
        writeSnapshotFile(file, noted(place, note)),
      );
      const revision = await withSnapshotFile(file, { skipHashCheck: true }, async ({ facts }) => facts.revision);
      const of = revision === undefined ? '' : ` of revision ${revision}`;
      console.log(`Snapshot${of} saved at ${file} (${formatBytes(sizeBytes)}).`);
      return;
    } catch (error) {
      refusals.push(`${place.name}: ${messageOf(error)}`);
    }
  }
  throw new CodedError('no-snapshot', `save a snapshot: no member could be copied. ${refusals.join('; ')}`);
}

async function* noted({ pieces }: SnapshotPlace, note: (text: string) => void): AsyncGenerator<Bytes> {
  let received = 0;
  for await (const { bytes, remainingBytes } of pieces()) {
    received += bytes.length;
    note(`${formatBytes(received)} of ${formatBytes(received + remainingBytes)}`);
    yield bytes;
  }
}

function placesAt({ endpoints, cacert, cert, key }: EndpointOptions): readonly SnapshotPlace[] {
  if ((cert === undefined) !== (key === undefined))
    throw new CodedError('bad-flag', 'save a snapshot: --cert and --key are given together. Give both.');
  const read = (file: string | undefined): string | undefined =>
    file === undefined ? undefined : readFileSync(file, 'utf8');
  const ca = read(cacert);
  const tls = ca === undefined ? undefined : { ca, cert: read(cert), key: read(key) };
  return endpoints
    .split(',')
    .map((endpoint) => endpoint.trim())
    .filter(Boolean)
    .map((endpoint) => ({ name: endpoint, pieces: () => readEtcdSnapshot({ endpoint, tls }) }));
}
