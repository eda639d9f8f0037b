import { fieldErrors, fieldPath } from '@trireme/api-machinery';
import { emptyBytes, fromBase64, fromUtf8, isJsonObject } from '@trireme/base';
import type { Secret } from '@trireme/schema/types/core/v1';
import type { Findings } from '../../field-rules.ts';

const accountAnnotation = 'kubernetes.io/service-account.name';
const redacted = '<secret contents redacted>';

/** Keys that a type of secret must have, each of them. */
const requiredKeys: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
};

/** What keeps the bytes from being a JSON object, in Go's words; undefined where nothing does. */
function jsonProblem(base64: string): string | undefined {
  const text = fromUtf8(fromBase64(base64) ?? emptyBytes).trimStart();
  if (text === '') return 'unexpected end of JSON input';
  try {
    return isJsonObject(JSON.parse(text)) ? undefined : 'json: cannot unmarshal value into a map';
  } catch {
    return `invalid character '${text.charAt(0)}' looking for beginning of value`;
  }
}

/** Types with a meaning promise certain keys to those who read them. */
export function* validateSecretType({ type = '', data = {}, metadata }: Secret): Findings {
  const path = fieldPath('data');
  if (type === 'kubernetes.io/service-account-token' && !metadata.annotations?.[accountAnnotation]) {
    yield fieldErrors.required(fieldPath('metadata', 'annotations').key(accountAnnotation));
  }
  if (type === 'kubernetes.io/basic-auth' && data.username === undefined && data.password === undefined) {
    yield fieldErrors.required(path.key('username'));
    yield fieldErrors.required(path.key('password'));
  }
  for (const key of requiredKeys[type] ?? []) {
    const value = data[key];
    const missing = key === 'ssh-privatekey' ? !value : value === undefined;
    if (missing) yield fieldErrors.required(path.key(key));
    const problem = key.startsWith('.docker') && value !== undefined ? jsonProblem(value) : undefined;
    if (problem !== undefined) yield fieldErrors.invalid(path.key(key), redacted, problem);
  }
}
