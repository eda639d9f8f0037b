/**
 * The types of the Kubernetes API as data, with what can be derived from them: decoding with exact errors, defaults,
 * OpenAPI. TypeScript types of every kind are under `@trireme/schema/types/<group>/<version>`, and a typed name of every
 * served resource under `@trireme/schema/resources`.
 *
 * @example
 * import { pods } from '@trireme/schema/resources';
 * import type { Pod } from '@trireme/schema/types/core/v1';
 *
 * const pod: Pod = {
 *   apiVersion: 'v1',
 *   kind: 'Pod',
 *   metadata: { name: 'web', namespace: 'default' },
 *   spec: { containers: [{ name: 'web', image: 'busybox' }] },
 * };
 * console.log(pods.resource, pod.metadata.name);
 */
export { type ApiObject, type GroupVersionKind, type ObjectList, parseGvk } from './object.ts';
export { apiVersionOf, type ResourceRef } from './resource-ref.ts';
export {
  builtinTypes,
  type FieldType,
  type Opaque,
  parseTypeExpr,
  type Scalar,
  type TypeData,
  type TypeExpr,
  type TypeTable,
} from './type-table.ts';
