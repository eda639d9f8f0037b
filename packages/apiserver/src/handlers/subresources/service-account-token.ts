import { defaultTokenRequest, validateTokenRequest } from '@trireme/api';
import { statusErrors, timeText } from '@trireme/api-machinery';
import { pods, secrets, serviceaccounts } from '@trireme/schema/resources';
import type { BoundObjectReference, TokenRequest } from '@trireme/schema/types/authentication/v1';
import type { Pod } from '@trireme/schema/types/core/v1';
import type { ServiceAccountTokens, TokenBinding } from '../../auth/service-account-tokens.ts';
import type { ServerCore } from '../../server-core.ts';
import type { Endpoint } from '../endpoint.ts';
import { questionEndpoint } from '../virtual-endpoint.ts';

const gvk = { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' };

/** serviceaccounts/<name>/token: a token for a workload, meant for given audiences and bound to its pod. */
export function tokenEndpoint(core: ServerCore, tokens: ServiceAccountTokens): Endpoint {
  return questionEndpoint<TokenRequest>(core, {
    group: '',
    version: 'v1',
    resource: 'serviceaccounts',
    subresource: 'token',
    gvk,
    namespaced: true,
    async answer(asked, { info }) {
      const { namespace, name } = info;
      const account = await core.store.read(serviceaccounts, namespace, name);
      if (!account) throw statusErrors.notFound(serviceaccounts, name);
      const request = defaultTokenRequest(asked);
      const errors = validateTokenRequest(request);
      if (errors.length > 0) throw statusErrors.invalid(gvk, '', errors);
      const { audiences = [], expirationSeconds = 3600, boundObjectRef } = request.spec;
      const boundTo = boundObjectRef && (await bindingOf(core, namespace, name, boundObjectRef));
      const uid = account.object.metadata.uid ?? '';
      const issued = await tokens.issue({ namespace, name, uid, audiences, expirationSeconds, boundTo });
      return {
        ...request,
        metadata: { name, namespace, creationTimestamp: timeText(core.time.now()) },
        status: { token: issued.token, expirationTimestamp: timeText(issued.expiresMs) },
      };
    },
  });
}

/** A token may only be bound to what is there, and to a pod of the same account. */
async function bindingOf(
  core: ServerCore,
  namespace: string,
  account: string,
  ref: BoundObjectReference,
): Promise<TokenBinding> {
  const { kind = '', name = '', uid } = ref;
  if (kind !== 'Pod' && kind !== 'Secret') {
    throw statusErrors.badRequest(
      `cannot bind token for serviceaccount "${account}" to object of type ${ref.apiVersion}, Kind=${kind}`,
    );
  }
  const resource = kind === 'Pod' ? pods : secrets;
  const stored = await core.store.read(resource, namespace, name);
  if (!stored) throw statusErrors.notFound(resource, name);
  const found = stored.object.metadata.uid ?? '';
  if (uid && uid !== found) {
    const message = `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`;
    throw statusErrors.conflict(resource, name, message);
  }
  if (kind === 'Secret') return { kind, name, uid: found };
  const pod = stored.object as Pod;
  if (pod.spec.serviceAccountName !== account) {
    const message = `cannot bind token for serviceaccount "${account}" to pod running with different serviceaccount name.`;
    throw statusErrors.badRequest(message);
  }
  const nodeName = pod.spec.nodeName;
  const node = nodeName ? await core.store.read({ group: '', resource: 'nodes' }, undefined, nodeName) : undefined;
  return {
    kind,
    name,
    uid: found,
    node: node && nodeName ? { name: nodeName, uid: node.object.metadata.uid ?? '' } : undefined,
  };
}
