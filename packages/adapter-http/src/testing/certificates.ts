import { createAuthority, issue } from '@trireme/pki';

/** A key and its certificate, PEM. */
export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
}

export interface TestAuthority {
  readonly cert: string;
  issue(commonName: string, organizations?: readonly string[]): Promise<TestCertificate>;
}

/** A certificate authority that lives as long as a test; what it issues is good for 127.0.0.1 and for clients. */
export async function createTestAuthority(commonName: string): Promise<TestAuthority> {
  const nowMs = Date.now();
  const authority = await createAuthority({ subject: { commonName }, validDays: 1, nowMs });
  return {
    cert: authority.certificatePem,
    async issue(name, organizations = []) {
      const issued = await issue(authority, {
        subject: { commonName: name, organizations },
        names: { dns: ['localhost'], ips: ['127.0.0.1'] },
        usages: ['server', 'client'],
        validDays: 1,
        nowMs,
      });
      return { cert: issued.certificatePem, key: issued.privateKeyPem };
    },
  };
}
