import { fieldErrors, fieldPath } from '@trireme/api-machinery';
import { fromBase64, fromUtf8 } from '@trireme/base';
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

function isJson(base64: string): boolean {
  const bytes = fromBase64(base64);
  if (!bytes) return false;
  try {
    JSON.parse(fromUtf8(bytes));
    return true;
  } catch {
    return false;
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
    if (value === undefined) yield fieldErrors.required(path.key(key));
    else if (key.startsWith('.docker') && !isJson(value)) {
      yield fieldErrors.invalid(path.key(key), redacted, 'invalid character looking for beginning of value');
    }
  }
}
