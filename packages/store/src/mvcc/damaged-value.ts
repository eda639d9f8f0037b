import { type Bytes, fromUtf8 } from '@trireme/base';
import { KvError, type Revision } from '@trireme/ports';

/** Which stored version is not what was written. */
export interface DamagedValue {
  readonly key: Bytes;
  readonly revision: Revision;
  readonly sub: number;
}

/** A stored value is missing or its checksum is wrong. It is never served; the other members have it. */
export class DamagedValueError extends KvError {
  readonly key: Bytes;
  readonly revision: Revision;

  constructor({ key, revision }: DamagedValue) {
    super(
      'corrupt',
      `read the value of ${JSON.stringify(fromUtf8(key))} at revision ${revision}: what this member has stored is damaged. ` +
        'Read it from another member, and look at the disk of this one.',
    );
    this.key = key;
    this.revision = revision;
  }
}
