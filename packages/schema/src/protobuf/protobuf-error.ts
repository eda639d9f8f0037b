import { CodedError } from '@trireme/base';

/** Bytes that are not the message they should be. The messages are those of upstream's decoder. */
export class ProtobufError extends CodedError<'bad-protobuf'> {
  override readonly name = 'ProtobufError';

  constructor(message: string, options?: { readonly cause?: unknown }) {
    super('bad-protobuf', message, options);
  }
}
