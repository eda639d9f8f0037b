import type { Authenticator } from './authenticator.ts';

/** The client certificate: its common name is the user, its organizations are the groups. */
export const certificateAuthenticator: Authenticator = {
  name: 'client-certificate',
  async authenticate(_request, peer) {
    const { certificate } = peer;
    if (!certificate) return undefined;
    if (certificate.commonName === '') return 'refused';
    const extra = { 'authentication.kubernetes.io/credential-id': [`X509SHA256=${certificate.fingerprint}`] };
    return { name: certificate.commonName, groups: certificate.organizations, extra };
  },
};
