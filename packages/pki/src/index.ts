/**
 * A cluster's certificates: authorities, what they issue, signing requests, kubeconfigs. Keys are P-256 for TLS and RSA for
 * service account tokens.
 *
 * @example
 * import { createAuthority, issue } from '@trireme/pki';
 *
 * const nowMs = Date.now();
 * const ca = await createAuthority({ subject: { commonName: 'my cluster' }, validDays: 3650, nowMs });
 * const admin = await issue(ca, {
 *   subject: { commonName: 'kubernetes-admin', organizations: ['system:masters'] },
 *   usages: ['client'],
 *   validDays: 365,
 *   nowMs,
 * });
 * console.log(admin.certificatePem);
 */
export { type Authority, certify, createAuthority, type Issued, type IssueOptions, issue } from './certificate.ts';
export { generateKeyPair, type KeyPair, publicKeyOf } from './keys.ts';
export { type KubeconfigOptions, kubeconfig } from './kubeconfig.ts';
export { createSigningRequest, readSigningRequest, type SigningRequest } from './request.ts';
export type { AlternativeNames, Subject } from './subject.ts';
