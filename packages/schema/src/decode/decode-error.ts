import { CodedError } from '@trireme/base';

/**
 * A body that cannot be made into its type. The message is what Kubernetes answers with, without the part that names
 * the object; see `cannotBeHandled`.
 */
export class DecodeError extends CodedError<'bad-object'> {
  override readonly name = 'DecodeError';

  constructor(message: string, options?: { readonly cause?: unknown }) {
    super('bad-object', message, options);
  }
}
