import type { Kind } from '@trireme/api';
import type { HttpHandler, Kv, Logger, Random, Time } from '@trireme/ports';
import type { Describe, TypeTable } from '@trireme/schema';
import type { AdmissionPlugin } from './admission/admission.ts';
import type { Authenticator } from './auth/authenticator.ts';
import type { StaticToken } from './auth/static-tokens.ts';
import type { TokenSigner } from './auth/token-signer.ts';
import type { MemberAddress } from './bootstrap/member-endpoints.ts';
import type { NodeDialer } from './server-core.ts';

export interface ApiServerDeps {
  readonly kv: Kv;
  readonly time: Time;
  readonly random: Random;
  readonly logger: Logger;
  /** What is served and stored: `builtinKinds` of the api package. */
  readonly kinds: readonly Kind[];
  /** What its types are: `builtinTypes` of the schema package. */
  readonly types: TypeTable;
  readonly auth: ApiServerAuth;
  readonly options?: ApiServerOptions | undefined;
}

export interface ApiServerAuth {
  /** Absent: no service account tokens. */
  readonly signer?: TokenSigner | undefined;
  /** Default: https://kubernetes.default.svc.cluster.local, which is also the default audience. */
  readonly issuer?: string | undefined;
  readonly audiences?: readonly string[] | undefined;
  /** Asked on every request with a token, so that tokens can come and go. */
  readonly staticTokens?: (() => readonly StaticToken[]) | undefined;
  /** Further ways to prove who one is, asked after the built-in ones. */
  readonly authenticators?: readonly Authenticator[] | undefined;
  /** Default true: requests without credentials are system:anonymous. */
  readonly anonymous?: boolean | undefined;
}

export interface ApiServerOptions {
  /** Default 10.96.0.0/12. */
  readonly serviceCidr?: string | undefined;
  /** Default 30000 to 32767. */
  readonly nodePorts?: { readonly from: number; readonly to: number } | undefined;
  /** Where this member is reached; absent: it does not put itself into Service default/kubernetes. */
  readonly advertise?: MemberAddress | undefined;
  readonly dialNode?: NodeDialer | undefined;
  /** Added to /version; gitVersion is Kubernetes' own, which clients compare. */
  readonly build?:
    | { readonly gitCommit?: string; readonly buildDate?: string; readonly gitTreeState?: string }
    | undefined;
  /** Prose of types and fields, which `kubectl explain` shows; asked when a document is first built. */
  readonly describe?: Describe | undefined;
  /** Run after the built-in ones. */
  readonly admission?: readonly AdmissionPlugin[] | undefined;
  /** Events kept per resource for watchers that come back. Default 1024. */
  readonly historySize?: number | undefined;
}

export interface ApiServer {
  readonly handler: HttpHandler;
  /** True once the caches are filled and what every cluster has is there. */
  ready(): boolean;
  stop(): Promise<void>;
}

/** The version of Kubernetes whose API this is. */
export const kubernetesVersion = 'v1.36.0';
