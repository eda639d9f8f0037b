import type { JsonValue } from '@trireme/base';
import { stringify } from 'yaml';

/** Writes YAML as kubectl does: keys sorted, lists not indented, and texts quoted that YAML 1.1 would misread. */
export function formatYaml(value: JsonValue): string {
  return stringify(value, {
    version: '1.1',
    indentSeq: false,
    lineWidth: 0,
    sortMapEntries: true,
    aliasDuplicateObjects: false,
  });
}
