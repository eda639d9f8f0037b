import { StatusError, statusErrors } from '@trireme/api-machinery';
import { namespaces } from '@trireme/schema/resources';
import type { Namespace } from '@trireme/schema/types/core/v1';
import type { ObjectStore } from '../../store/object-store.ts';
import type { AdmissionPlugin } from '../admission.ts';

const immortal = new Set(['default', 'kube-system', 'kube-public']);
/** Reviews are asked about a namespace without leaving anything in it. */
const askedOnly = new Set(['localsubjectaccessreviews']);

/** Nothing is created where there is no namespace, or where one is on its way out; three namespaces are never deleted. */
export function namespaceLifecycle(store: ObjectStore): AdmissionPlugin {
  return {
    name: 'NamespaceLifecycle',
    handles: ({ operation, kind }) =>
      operation === 'CREATE'
        ? kind.ref.namespaced && !askedOnly.has(kind.ref.resource)
        : operation === 'DELETE' && kind.ref.resource === 'namespaces',
    async validate({ operation, kind, namespace, name, object }) {
      if (operation === 'DELETE') {
        if (immortal.has(name)) throw statusErrors.forbidden(namespaces, name, 'this namespace may not be deleted');
        return;
      }
      const found =
        store.cached(namespaces, undefined, namespace) ?? (await store.read(namespaces, undefined, namespace));
      if (!found) throw statusErrors.notFound(namespaces, namespace);
      const { metadata, status } = found.object as Namespace;
      if (status?.phase !== 'Terminating' && !metadata.deletionTimestamp) return;
      const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
      const refusal = statusErrors.forbidden(kind.ref, object?.metadata.name ?? '', why);
      const message = `namespace ${namespace} is being terminated`;
      const cause = { reason: 'NamespaceTerminating', message, field: 'metadata.namespace' };
      const details = { ...refusal.status.details, causes: [cause] };
      throw new StatusError({ ...refusal.status, details });
    },
  };
}
