import { messageOf } from '@trireme/base';
import type { Preconditions, Status } from '@trireme/schema/types/meta/v1';
import { goQuote } from './go-quote.ts';
import { StatusError } from './status-error.ts';
import { type GroupResource, statusErrors } from './status-errors.ts';

/** The Status to send for anything thrown: a StatusError's own, else an internal error that carries its message. */
export function statusOf(error: unknown): Status {
  return error instanceof StatusError ? error.status : statusErrors.internalError(messageOf(error)).status;
}

/** What a delete answers once the object is gone. */
export function deletedStatus(ref: GroupResource, name: string, uid: string | undefined): Status {
  return {
    apiVersion: 'v1',
    kind: 'Status',
    metadata: {},
    status: 'Success',
    details: { name, ...(ref.group && { group: ref.group }), kind: ref.resource, ...(uid && { uid }) },
  };
}

/** What an authorizer is asked, as far as its refusal tells. */
export interface RefusedRequest {
  readonly user: string;
  readonly verb: string;
  /** Absent for a path that is no resource, e.g. /healthz. */
  readonly resource?:
    | {
        readonly group: string;
        readonly resource: string;
        readonly subresource?: string | undefined;
        readonly namespace?: string | undefined;
      }
    | undefined;
  readonly path?: string | undefined;
}

/** The text after `is forbidden:` when an authorizer says no; `reason` is the authorizer's own, if it gave one. */
export function forbiddenText(request: RefusedRequest, reason = ''): string {
  const { user, verb, resource, path = '' } = request;
  const ending = reason === '' ? '' : `: ${reason}`;
  if (!resource) return `User ${goQuote(user)} cannot ${verb} path ${goQuote(path)}${ending}`;
  const name = resource.subresource ? `${resource.resource}/${resource.subresource}` : resource.resource;
  const where = resource.namespace ? `in the namespace ${goQuote(resource.namespace)}` : 'at the cluster scope';
  return `User ${goQuote(user)} cannot ${verb} resource ${goQuote(name)} in API group ${goQuote(resource.group)} ${where}${ending}`;
}

/** Why preconditions do not hold for a stored object, as the update path words it; undefined where they hold. */
export function failedPrecondition(
  preconditions: Preconditions | undefined,
  meta: { readonly uid?: string | undefined; readonly resourceVersion?: string | undefined },
): string | undefined {
  const { uid, resourceVersion } = preconditions ?? {};
  if (uid !== undefined && uid !== (meta.uid ?? '')) {
    return `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${meta.uid ?? ''}`;
  }
  if (resourceVersion !== undefined && resourceVersion !== (meta.resourceVersion ?? '')) {
    return `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${meta.resourceVersion ?? ''}`;
  }
  return undefined;
}

/** The same as `failedPrecondition`, as the delete path words it. */
export function failedDeletePrecondition(
  preconditions: Preconditions | undefined,
  meta: { readonly uid?: string | undefined; readonly resourceVersion?: string | undefined },
): string | undefined {
  const { uid, resourceVersion } = preconditions ?? {};
  if (uid !== undefined && uid !== (meta.uid ?? '')) {
    return `the UID in the precondition (${uid}) does not match the UID in record (${meta.uid ?? ''}). The object might have been deleted and then recreated`;
  }
  if (resourceVersion !== undefined && resourceVersion !== (meta.resourceVersion ?? '')) {
    return `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${meta.resourceVersion ?? ''}). The object might have been modified`;
  }
  return undefined;
}
