import type { HttpRequest, Peer } from '@trireme/ports';
import type { UserInfo } from '../auth/user-info.ts';
import type { Output } from './negotiate.ts';
import type { RequestInfo } from './request-info.ts';

/** One request on its way through the pipeline, as far as it is known. */
export interface RequestContext {
  readonly request: HttpRequest;
  readonly peer: Peer;
  readonly query: URLSearchParams;
  readonly info: RequestInfo;
  readonly user: UserInfo;
  readonly output: Output;
  /** Sent to the client in Warning headers. */
  readonly warnings: string[];
  /** When the request came, in wall time. */
  readonly nowMs: number;
}
