import { CodedError } from '@trireme/base';

/** Text that is not YAML, or YAML that JSON cannot say. */
export class YamlSyntaxError extends CodedError<'bad-yaml'> {
  override readonly name = 'YamlSyntaxError';

  constructor(message: string) {
    super('bad-yaml', `error converting YAML to JSON: yaml: ${message}`);
  }
}
