import type { HttpResponse } from '@trireme/ports';
import type { GroupVersionKind } from '@trireme/schema';
import type { RequestContext } from '../request/context.ts';

/** What is served below one resource of one version, or below one of its subresources. Discovery shows what is here. */
export interface Endpoint {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  /** '' for the resource itself. */
  readonly subresource: string;
  /** Of what it takes and gives. */
  readonly gvk: GroupVersionKind;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly singular?: string | undefined;
  readonly shortNames?: readonly string[] | undefined;
  readonly categories?: readonly string[] | undefined;
  handle(context: RequestContext): Promise<HttpResponse>;
}
