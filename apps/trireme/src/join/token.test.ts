import { createSeededRandom } from '@trireme/testkit';
import { expect, it } from 'vitest';
import { authorityHash, createSecrets } from '../member/secrets.ts';
import { joinToken, parseJoinToken } from './token.ts';

it('a token names its role, its cluster and its secret', async () => {
  const secrets = await createSecrets('test', createSeededRandom(1), Date.now());
  const token = parseJoinToken(` ${joinToken(secrets, 'agent')}\n`);
  expect(token).toEqual({
    role: 'agent',
    authorityHash: authorityHash(secrets.ca.certificatePem),
    secret: secrets.agentSecret,
  });
  expect(parseJoinToken(joinToken(secrets, 'server')).secret).toBe(secrets.serverSecret);
});

it.each(['', 'trireme.agent.abc.def', `trireme.king.${'a'.repeat(64)}.${'b'.repeat(32)}`])('%j is no token', (text) => {
  expect(() => parseJoinToken(text)).toThrow('not of the form trireme.ROLE.FINGERPRINT.SECRET');
});
