import { CodedError } from '@trireme/base';

/** Text that is not JSON. The message is what Go's decoder says, since clients show and match it. */
export class JsonSyntaxError extends CodedError<'bad-json'> {
  override readonly name = 'JsonSyntaxError';

  constructor(message: string) {
    super('bad-json', message);
  }
}
