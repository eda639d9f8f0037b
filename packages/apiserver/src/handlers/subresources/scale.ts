import type { Kind, ScaleBinding } from '@trireme/api';
import { validateScale } from '@trireme/api';
import { statusErrors } from '@trireme/api-machinery';
import type { HttpResponse } from '@trireme/ports';
import type { ApiObject } from '@trireme/schema';
import type { Scale } from '@trireme/schema/types/autoscaling/v1';
import { decodeBody, fieldValidationOf } from '../../request/body.ts';
import type { RequestContext } from '../../request/context.ts';
import { respondObject } from '../../request/respond.ts';
import type { ServerCore } from '../../server-core.ts';
import type { Endpoint } from '../endpoint.ts';
import { readPatch } from '../patch-object.ts';
import { writeContextOf } from '../write-context.ts';

const scaleGvk = { group: 'autoscaling', version: 'v1', kind: 'Scale' };

/** A workload's number of replicas, in the one form that all scalers understand. */
export function scaleEndpoint(core: ServerCore, kind: Kind, binding: ScaleBinding<ApiObject>): Endpoint {
  const { group, version, resource, namespaced } = kind.ref;
  const show = (context: RequestContext, object: ApiObject): HttpResponse =>
    respondObject(
      { output: context.output, types: core.types, warnings: context.warnings },
      200,
      scaleOf(binding, object),
    );
  return {
    group,
    version,
    resource,
    subresource: 'scale',
    gvk: scaleGvk,
    namespaced,
    verbs: ['get', 'patch', 'update'],
    async handle(context) {
      const { verb, namespace, name } = context.info;
      if (verb === 'get') {
        const stored = await core.store.read(kind.ref, namespace, name);
        if (!stored) throw statusErrors.notFound(kind.ref, name);
        return show(context, stored.object);
      }
      const change = await readChange(core, kind, context);
      const written = await core.registry.update({
        kind,
        namespace,
        name,
        subresource: 'scale',
        context: writeContextOf(context),
        trusted: true,
        change(current) {
          const scale = change(scaleOf(binding, current));
          const errors = validateScale(scale);
          if (errors.length > 0) throw statusErrors.invalid({ group: 'autoscaling', kind: 'Scale' }, name, errors);
          const { resourceVersion } = scale.metadata ?? {};
          if (resourceVersion && resourceVersion !== current.metadata.resourceVersion) {
            throw statusErrors.staleObject(kind.ref, name);
          }
          return binding.withReplicas(current, scale.spec?.replicas ?? 0);
        },
      });
      if (!written.after) throw statusErrors.notFound(kind.ref, name);
      return show(context, written.after.object);
    },
  };
}

async function readChange(core: ServerCore, kind: Kind, context: RequestContext): Promise<(current: Scale) => Scale> {
  const typeId = core.types.typeIdOf(scaleGvk) ?? '';
  if (context.info.verb === 'update') {
    const validation = fieldValidationOf(context.query);
    const target = { types: core.types, typeId, gvk: scaleGvk, validation, warnings: context.warnings };
    const scale = (await decodeBody(context.request, target)) as unknown as Scale;
    return () => scale;
  }
  // A patch sees a Scale and not the workload behind it.
  const asScale: Kind = { ...kind, ref: { ...kind.ref, ...scaleGvk }, typeId, hasStatus: false };
  const target = { kind: asScale, typeId, types: core.types, subresource: 'scale', nowMs: context.nowMs };
  const patch = await readPatch(context, target);
  return (current) => patch.change(current as unknown as ApiObject) as unknown as Scale;
}

function scaleOf(binding: ScaleBinding<ApiObject>, object: ApiObject): Scale {
  const { name = '', namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: binding.specReplicas(object) },
    status: { replicas: binding.statusReplicas(object), selector: binding.selector(object) },
  } as Scale;
}
