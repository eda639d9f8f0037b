import { statusErrors } from '@trireme/api-machinery';
import type { Pod } from '@trireme/schema/types/core/v1';
import { nodeNameOf } from '../../authz/node-authorizer.ts';
import type { AdmissionPlugin } from '../admission.ts';

/** A kubelet changes its own node and the pods on it, and nothing else. */
export const nodeRestriction: AdmissionPlugin = {
  name: 'NodeRestriction',
  handles: ({ user, kind }) =>
    nodeNameOf(user) !== undefined &&
    kind.ref.group === '' &&
    (kind.ref.resource === 'nodes' || kind.ref.resource === 'pods'),
  async validate({ user, kind, name, object, old }) {
    const node = nodeNameOf(user);
    if (kind.ref.resource === 'nodes') {
      if (name !== node) {
        throw statusErrors.forbidden(kind.ref, name, `node "${node}" is not allowed to modify node "${name}"`);
      }
      return;
    }
    const on = ((old ?? object) as Pod | undefined)?.spec.nodeName;
    if (on !== node) {
      throw statusErrors.forbidden(
        kind.ref,
        name,
        `node "${node}" can only modify pods with spec.nodeName set to itself`,
      );
    }
  },
};
