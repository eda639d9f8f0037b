import { validateBindingRequest } from '@trireme/api';
import { setCondition, statusErrors, timeText } from '@trireme/api-machinery';
import type { ApiObject } from '@trireme/schema';
import { pods } from '@trireme/schema/resources';
import type { Binding, Pod, PodCondition } from '@trireme/schema/types/core/v1';
import type { RequestContext } from '../../request/context.ts';
import type { ServerCore } from '../../server-core.ts';
import type { Endpoint } from '../endpoint.ts';
import { questionEndpoint, successStatus } from '../virtual-endpoint.ts';
import { writeContextOf } from '../write-context.ts';

const gvk = { group: '', version: 'v1', kind: 'Binding' };
const core1 = { group: '', version: 'v1', gvk, namespaced: true };

/** How a scheduler gives a pod its node: pods/<name>/binding, and the older bindings. */
export function bindingEndpoints(core: ServerCore): readonly Endpoint[] {
  const answer = (binding: Binding, context: RequestContext): Promise<object> => bind(core, binding, context);
  return [
    questionEndpoint<Binding>(core, { ...core1, resource: 'pods', subresource: 'binding', answer }),
    questionEndpoint<Binding>(core, { ...core1, resource: 'bindings', answer }),
  ];
}

async function bind(core: ServerCore, binding: Binding, context: RequestContext): Promise<object> {
  const kind = core.kinds.find(({ ref }) => ref.resource === 'pods' && ref.group === '');
  const name = context.info.name || binding.metadata?.name || '';
  if (!kind) throw statusErrors.notFound(pods, name);
  if (binding.metadata?.name && binding.metadata.name !== name) {
    throw statusErrors.badRequest('name in URL does not match name in Binding object');
  }
  const errors = validateBindingRequest(binding);
  if (errors.length > 0) throw statusErrors.invalid(gvk, name, errors);
  await core.registry.update({
    kind,
    namespace: context.info.namespace,
    name,
    subresource: 'binding',
    context: writeContextOf(context),
    trusted: true,
    change: (current) => bound(current as Pod, binding, core.time.now()) as ApiObject,
  });
  return successStatus;
}

function bound(pod: Pod, binding: Binding, nowMs: number): Pod {
  const { name = '', uid, resourceVersion } = binding.metadata ?? {};
  const podName = pod.metadata.name ?? name;
  if (uid && uid !== pod.metadata.uid) {
    const message = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${pod.metadata.uid}`;
    throw statusErrors.conflict(pods, podName, message);
  }
  if (resourceVersion && resourceVersion !== pod.metadata.resourceVersion)
    throw statusErrors.staleObject(pods, podName);
  if (pod.metadata.deletionTimestamp) {
    throw statusErrors.conflict(pods, podName, `pod ${podName} is being deleted, cannot be assigned to a host`);
  }
  if (pod.spec.nodeName) {
    throw statusErrors.conflict(pods, podName, `pod ${podName} is already assigned to node "${pod.spec.nodeName}"`);
  }
  if ((pod.spec.schedulingGates?.length ?? 0) > 0) {
    throw statusErrors.conflict(pods, podName, `pod ${podName} has non-empty .spec.schedulingGates`);
  }
  const scheduled: PodCondition = { type: 'PodScheduled', status: 'True', lastTransitionTime: timeText(nowMs) };
  const annotations = { ...pod.metadata.annotations, ...binding.metadata?.annotations };
  return {
    ...pod,
    metadata: { ...pod.metadata, ...(Object.keys(annotations).length > 0 && { annotations }) },
    spec: { ...pod.spec, nodeName: binding.target.name ?? '' },
    status: { ...pod.status, conditions: setCondition(pod.status?.conditions ?? [], scheduled, timeText(nowMs)) },
  };
}
