import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { certify, createAuthority, issue } from './certificate.ts';
import { generateKeyPair } from './keys.ts';
import { createSigningRequest, readSigningRequest } from './request.ts';

const nowMs = Date.now();
const authority = await createAuthority({ subject: { commonName: 'test ca' }, validDays: 10, nowMs });

describe('certificates', () => {
  it('carry subject, names and usages, and verify against their authority', async () => {
    const issued = await issue(authority, {
      subject: { commonName: 'system:node:n1', organizations: ['system:nodes', 'second, with comma'] },
      usages: ['server', 'client'],
      names: { dns: ['n1', 'localhost'], ips: ['127.0.0.1', 'fd00::1'] },
      validDays: 1,
      nowMs,
    });
    const certificate = new X509Certificate(issued.certificatePem);
    expect(certificate.verify(new X509Certificate(authority.certificatePem).publicKey)).toBe(true);
    expect(certificate.checkHost('localhost')).toBe('localhost');
    expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(certificate.checkHost('other')).toBeUndefined();
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
    expect(certificate.ca).toBe(false);
    expect(new Date(certificate.validTo).getTime()).toBeLessThanOrEqual(nowMs + 86_400_000);
  });

  it('serve mutual TLS, and a stranger is refused', async () => {
    const stranger = await createAuthority({ subject: { commonName: 'test ca' }, validDays: 1, nowMs });
    const of = (ca: typeof authority, name: string) =>
      issue(ca, {
        subject: { commonName: name },
        usages: ['server', 'client'],
        names: { dns: ['localhost'] },
        validDays: 1,
        nowMs,
      });
    const [server, client, intruder] = await Promise.all([of(authority, 's'), of(authority, 'c'), of(stranger, 'c')]);
    const seen: string[] = [];
    const listener = createServer(
      {
        cert: server.certificatePem,
        key: server.privateKeyPem,
        ca: authority.certificatePem,
        requestCert: true,
        rejectUnauthorized: true,
      },
      (socket: TLSSocket) => {
        seen.push(String(socket.getPeerCertificate().subject.CN));
        socket.end('welcome');
      },
    ).listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const address = listener.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const talk = async (who: typeof client): Promise<string> => {
      const socket = connect({
        port,
        host: '127.0.0.1',
        servername: 'localhost',
        ca: authority.certificatePem,
        cert: who.certificatePem,
        key: who.privateKeyPem,
      });
      let text = '';
      socket.on('data', (data) => {
        text += data;
      });
      await Promise.race([once(socket, 'close'), once(socket, 'error').then(() => undefined)]);
      return text;
    };
    try {
      expect(await talk(client)).toBe('welcome');
      expect(await talk(intruder)).toBe('');
      expect(seen).toEqual(['c']);
    } finally {
      listener.close();
    }
  });
});

describe('signing requests', () => {
  it('round trip, and the certificate is for the asked key', async () => {
    const keys = await generateKeyPair('ec');
    const pem = createSigningRequest(
      keys.privateKeyPem,
      { commonName: 'system:node:n2', organizations: ['system:nodes'] },
      { ips: ['10.0.0.2'], dns: ['n2'] },
    );
    const request = readSigningRequest(pem);
    expect(request.subject).toEqual({ commonName: 'system:node:n2', organizations: ['system:nodes'] });
    expect(request.names).toEqual({ dns: ['n2'], ips: ['10.0.0.2'] });
    const certificate = new X509Certificate(
      certify(authority, request.publicKeyPem, { subject: request.subject, usages: ['client'], validDays: 1, nowMs }),
    );
    expect(certificate.publicKey.export({ type: 'spki', format: 'pem' })).toBe(keys.publicKeyPem);
  });

  it('refuse a request whose signature is not by its key', async () => {
    const keys = await generateKeyPair('ec');
    const pem = createSigningRequest(keys.privateKeyPem, { commonName: 'a' });
    const der = Buffer.from(pem.replaceAll(/-----[^-]+-----|\n/g, ''), 'base64');
    const last = der.length - 1;
    der[last] = (der[last] ?? 0) ^ 1;
    const forged = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
    expect(() => readSigningRequest(forged)).toThrow('signature does not match');
    expect(() => readSigningRequest('hello')).toThrow('not a PEM encoded');
  });
});
