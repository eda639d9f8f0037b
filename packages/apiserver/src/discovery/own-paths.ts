import type { HttpResponse, Kv } from '@trireme/ports';
import { type ApiServerOptions, kubernetesVersion } from '../api-server.ts';
import type { TokenSigner } from '../auth/token-signer.ts';
import { respondJson } from '../request/respond.ts';
import type { ServerPathsOptions } from './server-paths.ts';

/** What /version says: Kubernetes' version, which clients compare, and our own build. */
export function versionInfo({ build = {} }: ApiServerOptions): Readonly<Record<string, string>> {
  return {
    major: '1',
    minor: '36',
    emulationMajor: '1',
    emulationMinor: '36',
    minCompatibilityMajor: '1',
    minCompatibilityMinor: '35',
    gitVersion: kubernetesVersion,
    gitCommit: build.gitCommit ?? '',
    gitTreeState: build.gitTreeState ?? 'clean',
    buildDate: build.buildDate ?? '1970-01-01T00:00:00Z',
    goVersion: 'none (trireme, in TypeScript)',
    compiler: 'trireme',
    platform: 'linux/amd64',
  };
}

export function healthChecks(synced: () => boolean, bootstrapped: () => boolean, kv: Kv): ServerPathsOptions['health'] {
  const ping = { name: 'ping', check: () => undefined };
  const storage = {
    name: 'etcd',
    async check() {
      try {
        const { leaderId } = await kv.status();
        return leaderId === 0n ? 'the store has no leader' : undefined;
      } catch (error) {
        return String(error);
      }
    },
  };
  const caches = { name: 'informer-sync', check: () => (synced() ? undefined : 'the caches are not filled yet') };
  const started = {
    name: 'poststarthook/bootstrap',
    check: () => (bootstrapped() ? undefined : 'what every cluster has is not all there yet'),
  };
  return { healthz: [ping, storage], livez: [ping, storage], readyz: [ping, storage, caches, started] };
}

/** How others verify service account tokens by themselves (OpenID Connect discovery). */
export function issuerPaths(issuer: string, signer: TokenSigner | undefined): readonly [string, () => HttpResponse][] {
  if (!signer) return [];
  const keys = '/openid/v1/jwks';
  const configuration = {
    issuer,
    jwks_uri: `${issuer}${keys}`,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
  };
  return [
    ['/.well-known/openid-configuration', () => respondJson(configuration)],
    [keys, () => respondJson({ keys: signer.publicKeys() }, 'application/jwk-set+json')],
  ];
}
