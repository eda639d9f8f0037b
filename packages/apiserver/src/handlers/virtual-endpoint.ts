import { statusErrors } from '@trireme/api-machinery';
import type { HttpResponse } from '@trireme/ports';
import type { GroupVersionKind } from '@trireme/schema';
import { decodeBody, fieldValidationOf } from '../request/body.ts';
import type { RequestContext } from '../request/context.ts';
import { respondObject } from '../request/respond.ts';
import type { ServerCore } from '../server-core.ts';
import type { Endpoint } from './endpoint.ts';

/** Something that is asked by a create and answered, and never stored: a review, a token, a binding. */
export interface Question<In> {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource?: string;
  /** Of what is sent. */
  readonly gvk: GroupVersionKind;
  readonly namespaced: boolean;
  readonly singular?: string;
  /** The object to answer with. */
  answer(body: In, context: RequestContext): Promise<object>;
}

export function questionEndpoint<In>(core: ServerCore, question: Question<In>): Endpoint {
  const { group, version, resource, subresource = '', gvk, namespaced, singular } = question;
  return {
    group,
    version,
    resource,
    subresource,
    gvk,
    namespaced,
    verbs: ['create'],
    ...(subresource === '' && { singular: singular ?? gvk.kind.toLowerCase() }),
    async handle(context): Promise<HttpResponse> {
      if (context.info.verb !== 'create') throw statusErrors.methodNotSupported(question, context.info.verb);
      const body = await decodeBody(context.request, {
        types: core.types,
        typeId: core.types.typeIdOf(gvk) ?? '',
        gvk,
        validation: fieldValidationOf(context.query),
        warnings: context.warnings,
      });
      const answer = await question.answer(body as unknown as In, context);
      const output = { ...context.output, as: 'object' as const };
      return respondObject({ output, types: core.types, warnings: context.warnings }, 201, answer);
    },
  };
}

/** Success, where there is no object to show. */
export const successStatus = {
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Success',
  code: 201,
} as const;
