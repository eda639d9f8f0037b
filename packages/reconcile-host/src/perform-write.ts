import { isStatus, statusErrors } from '@trireme/api-machinery';
import type { ApiClient } from '@trireme/client';
import type { Action, Gone } from '@trireme/controllers';
import type { ApiObject } from '@trireme/schema';
import { namespaces } from '@trireme/schema/resources';
import type { Namespace } from '@trireme/schema/types/core/v1';
import type { Status } from '@trireme/schema/types/meta/v1';

export type WriteAction = Exclude<Action, { type: 'event' }>;

/** Sends one action. Answers with the object as the server left it, where it says; throws what the client throws. */
export async function performWrite(
  client: ApiClient,
  action: WriteAction,
  fieldManager: string,
): Promise<ApiObject | undefined> {
  if ((action.type === 'patch' || action.type === 'delete') && action.onlyIfGone) {
    await Promise.all(action.onlyIfGone.map((gone) => assertGone(client, gone)));
  }
  switch (action.type) {
    case 'create':
      return client.resource(action.ref).create(action.object, { fieldManager });
    case 'update':
      return client.resource(action.ref).update(action.object, { fieldManager });
    case 'update-status':
      return client.resource(action.ref).update(action.object, { fieldManager, subresource: 'status' });
    case 'patch':
      return performPatch(client, action, fieldManager);
    case 'delete':
      return performDelete(client, action);
    case 'delete-collection':
      await client.resource(action.ref).deleteCollection({ namespace: action.namespace });
      return undefined;
    case 'finalize-namespace':
      return finalizeNamespace(client, action.object as Namespace, fieldManager);
  }
}

/** Asks the server itself. Throws a conflict where the object is there after all. */
async function assertGone(client: ApiClient, { ref, name, namespace, uid }: Gone): Promise<void> {
  let found: ApiObject;
  try {
    found = await client.resource(ref).get({ name, namespace });
  } catch (error) {
    if (isStatus(error, 'NotFound')) return;
    throw error;
  }
  if (uid !== undefined && found.metadata.uid !== uid) return;
  throw statusErrors.conflict(ref, name, 'it was taken to be gone, but it is there; look again');
}

function performPatch(
  client: ApiClient,
  { ref, target, patch, subresource }: Extract<Action, { type: 'patch' }>,
  fieldManager: string,
): Promise<ApiObject> {
  const { name, namespace, uid, resourceVersion } = target;
  const metadata = typeof patch.metadata === 'object' && !Array.isArray(patch.metadata) ? patch.metadata : {};
  // A uid or version inside a merge patch that is not the object's is a conflict: that is the guard.
  const guards = { ...(uid ? { uid } : {}), ...(resourceVersion ? { resourceVersion } : {}) };
  const body = { ...patch, metadata: { ...metadata, ...guards } };
  return client.resource(ref).patch({ name, namespace }, { type: 'merge', body }, { fieldManager, subresource });
}

async function performDelete(
  client: ApiClient,
  { ref, target, gracePeriodSeconds, propagationPolicy }: Extract<Action, { type: 'delete' }>,
): Promise<ApiObject | undefined> {
  const { name, namespace, uid, resourceVersion } = target;
  const options = { uid, resourceVersion, gracePeriodSeconds, propagationPolicy };
  const answer = await client.resource(ref).delete({ name, namespace }, options);
  return isStatusAnswer(answer) ? undefined : answer;
}

function isStatusAnswer(answer: ApiObject | Status): answer is Status {
  return answer.kind === 'Status';
}

function finalizeNamespace(client: ApiClient, namespace: Namespace, fieldManager: string): Promise<Namespace> {
  const finalizers = (namespace.spec?.finalizers ?? []).filter((finalizer) => finalizer !== 'kubernetes');
  const object = { ...namespace, spec: { ...namespace.spec, finalizers } };
  return client.resource(namespaces).update(object, { fieldManager, subresource: 'finalize' });
}
