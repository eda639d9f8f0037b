import { parseTime } from '@trireme/api-machinery';
import type { ApiClient } from '@trireme/client';
import type { Time } from '@trireme/ports';
import { serviceaccounts } from '@trireme/schema/resources';
import type { TokenRequest } from '@trireme/schema/types/authentication/v1';
import type { Pod, ServiceAccountTokenProjection } from '@trireme/schema/types/core/v1';
import { withDeadline } from '../with-deadline.ts';

/** Tokens of a pod's service account, bound to the pod, renewed when four fifths of their time are over. */
export interface TokenSource {
  token(pod: Pod, projection: ServiceAccountTokenProjection): Promise<string>;
  forget(uid: string): void;
}

interface Held {
  readonly token: string;
  readonly renewAtMs: number;
}

const dayMs = 86_400_000;

export function createTokenSource(client: ApiClient, time: Time): TokenSource {
  const held = new Map<string, Held>();

  const request = async (pod: Pod, projection: ServiceAccountTokenProjection): Promise<Held> => {
    const { name, namespace, uid } = pod.metadata;
    const expirationSeconds = projection.expirationSeconds ?? 3600;
    const body: TokenRequest = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      metadata: { name: '' },
      spec: {
        audiences: projection.audience ? [projection.audience] : [],
        expirationSeconds,
        boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
      },
    };
    const target = { name: pod.spec.serviceAccountName || 'default', namespace };
    const answer = await withDeadline(time, `ask for a token of ${target.name}`, () =>
      client.resource(serviceaccounts).createSubresource<TokenRequest, TokenRequest>(target, 'token', body),
    );
    const nowMs = time.now();
    // The server may grant more or less time than was asked for. A long-lived token is renewed every day all the same.
    const expiresMs = parseTime(answer.status?.expirationTimestamp) ?? nowMs + expirationSeconds * 1000;
    return { token: answer.status?.token ?? '', renewAtMs: nowMs + Math.min(dayMs, 0.8 * (expiresMs - nowMs)) };
  };

  return {
    async token(pod, projection) {
      const key = JSON.stringify([pod.metadata.uid, projection.audience, projection.expirationSeconds]);
      const known = held.get(key);
      if (known && time.now() < known.renewAtMs) return known.token;
      const fresh = await request(pod, projection);
      held.set(key, fresh);
      return fresh.token;
    },
    forget(uid) {
      for (const key of held.keys()) if (key.startsWith(JSON.stringify([uid]).slice(0, -1))) held.delete(key);
    },
  };
}
