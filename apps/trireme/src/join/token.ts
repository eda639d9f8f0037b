import { CodedError } from '@trireme/base';
import type { ClusterSecrets } from '../member/secrets.ts';
import { authorityHash } from '../member/secrets.ts';

export type JoinRole = 'server' | 'agent';

/** A token as people paste it: 'trireme.<role>.<fingerprint of the authority>.<secret>'. */
export interface JoinToken {
  readonly role: JoinRole;
  readonly authorityHash: string;
  readonly secret: string;
}

export function joinToken(secrets: ClusterSecrets, role: JoinRole): string {
  const secret = role === 'server' ? secrets.serverSecret : secrets.agentSecret;
  return `trireme.${role}.${authorityHash(secrets.ca.certificatePem)}.${secret}`;
}

export function parseJoinToken(text: string): JoinToken {
  const match = /^trireme\.(server|agent)\.([0-9a-f]{64})\.([A-Za-z0-9_-]{16,})$/.exec(text.trim());
  if (!match) {
    throw new CodedError(
      'bad-token',
      'read the token: it is not of the form trireme.ROLE.FINGERPRINT.SECRET. Print a fresh one on a member with: ./trireme token',
    );
  }
  return { role: match[1] as JoinRole, authorityHash: match[2] ?? '', secret: match[3] ?? '' };
}
