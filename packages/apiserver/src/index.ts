/**
 * A Kubernetes API server as a function: requests in, responses out, with everything it knows in a `Kv`. No socket, clock
 * or random number of its own, so it runs in one process under virtual time as it does behind HTTPS.
 *
 * @example
 * import { builtinKinds } from '@trireme/api';
 * import { createApiServer, createDirectTransport } from '@trireme/apiserver';
 * import { builtinTypes } from '@trireme/schema';
 *
 * const server = createApiServer({ kv, time, random, logger, kinds: builtinKinds, types: builtinTypes, auth: {} });
 * const admin = { address: 'local', certificate: { commonName: 'admin', organizations: ['system:masters'], fingerprint: '' } };
 * const transport = createDirectTransport(server.handler, admin);
 * const response = await transport.request({ method: 'GET', path: '/api/v1/namespaces', headers: {} });
 */
export type { Admission, AdmissionPlugin, AdmissionRequest } from './admission/admission.ts';
export {
  type ApiServer,
  type ApiServerAuth,
  type ApiServerDeps,
  type ApiServerOptions,
  kubernetesVersion,
} from './api-server.ts';
export type { Authenticator } from './auth/authenticator.ts';
export type { StaticToken } from './auth/static-tokens.ts';
export type { TokenSigner } from './auth/token-signer.ts';
export type { UserInfo } from './auth/user-info.ts';
export type { MemberAddress } from './bootstrap/member-endpoints.ts';
export { createApiServer } from './create-api-server.ts';
export { createDirectTransport, createStreamPair } from './direct-transport.ts';
export type { NodeDialer } from './server-core.ts';
