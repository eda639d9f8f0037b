import { CodedError } from '@trireme/base';

export type SnapshotFileErrorCode =
  /** No bbolt database stands at the beginning of the file. */
  | 'not-a-snapshot'
  /** A page, a key or a value says something that cannot be. */
  | 'damaged'
  /** What is read is not what was written: the sum at the end differs. */
  | 'wrong-checksum'
  /** It carries no sum, so nothing tells whether it is whole. */
  | 'no-checksum'
  /** The file has no state of that revision or time. */
  | 'out-of-range';

/** What is wrong with a snapshot file. `page` and `offset` (in bytes, from the file's start) say where, when it is one place. */
export class SnapshotFileError extends CodedError<SnapshotFileErrorCode> {
  override readonly name = 'SnapshotFileError';
  readonly page: number | undefined;
  readonly offset: number | undefined;

  constructor(
    code: SnapshotFileErrorCode,
    message: string,
    place?: { readonly page: number; readonly offset: number },
  ) {
    super(code, message);
    this.page = place?.page;
    this.offset = place?.offset;
  }
}
