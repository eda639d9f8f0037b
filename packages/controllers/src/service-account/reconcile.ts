import { namespaces, serviceaccounts } from '@trireme/schema/resources';
import { createAction } from '../actions.ts';
import { type Controller, nothing, type Plan, type View, watchOf, watchSelf } from '../controller.ts';

/** Sees to it that every namespace has the service account that pods run as where they name none. */
export function createServiceAccountController(): Controller {
  return {
    name: 'service-account',
    reads: [namespaces, serviceaccounts],
    watches: [
      watchSelf(namespaces),
      watchOf(serviceaccounts, ({ metadata }) => (metadata.name === 'default' ? [metadata.namespace ?? ''] : [])),
    ],
    reconcile: reconcileServiceAccount,
  };
}

function reconcileServiceAccount(namespace: string, view: View): Plan {
  const owner = view.get(namespaces, namespace);
  if (!owner || owner.metadata.deletionTimestamp || view.get(serviceaccounts, 'default', namespace)) return nothing;
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace } } as const;
  return { actions: [createAction(serviceaccounts, account, { ignoreExists: true })] };
}
