import { toBase64, utf8 } from '@trireme/base';
import type { Container, Secret } from '@trireme/schema/types/core/v1';
import { describe, expect, it } from 'vitest';
import { backoffLeftMs, defaultBackoffLimits, durationText, nextBackoff } from './backoff.ts';
import { parseImageReference, pullPolicyOf, withDefaultTag } from './image-reference.ts';
import { linuxResources } from './linux-resources.ts';
import { initialProbeState, recordOutcome } from './probe-state.ts';
import { credentialsFor } from './pull-credentials.ts';
import { cgroupParentOf, qosClassOf } from './qos.ts';
import { cpuMillis, wholeUnits } from './quantity-value.ts';
import { containerSecurityContext, namespacesOf, nonRootProblem } from './security-context.ts';
import { makeContainer, makePod } from './testing/pod-fixture.ts';

describe('quantities', () => {
  for (const [text, millis] of [
    ['1', 1000],
    ['0.1', 100],
    ['100m', 100],
    ['1e3', 1_000_000],
    ['0.0001', 1],
  ] as const) {
    it(`${text} of cpu is ${millis} thousandths`, () => expect(cpuMillis(text)).toBe(millis));
  }
  for (const [text, units] of [
    ['1Ki', 1024],
    ['1.5Gi', 1_610_612_736],
    ['128974848', 128_974_848],
    ['129M', 129e6],
    ['1500m', 2],
  ] as const) {
    it(`${text} is ${units}`, () => expect(wholeUnits(text)).toBe(units));
  }
});

describe('durationText', () => {
  for (const [ms, text] of [
    [10_000, '10s'],
    [80_000, '1m20s'],
    [300_000, '5m0s'],
    [1250, '1.25s'],
    [350, '350ms'],
    [3_600_000, '1h0m0s'],
  ] as const) {
    it(text, () => expect(durationText(ms)).toBe(text));
  }
});

describe('backoff', () => {
  it('doubles to its limit, and starts anew after a long calm', () => {
    const delays: number[] = [];
    let at = 0;
    let backoff: ReturnType<typeof nextBackoff> | undefined;
    for (let i = 0; i < 8; i++) {
      at += backoff?.delayMs ?? 0;
      backoff = nextBackoff(backoff, at, at, defaultBackoffLimits);
      delays.push(backoff.delayMs / 1000);
    }
    expect(delays).toEqual([10, 20, 40, 80, 160, 300, 300, 300]);
    expect(backoffLeftMs(backoff, at, at + 1000, defaultBackoffLimits)).toBe(299_000);
    expect(backoffLeftMs(backoff, at + 600_001, at + 600_002, defaultBackoffLimits)).toBe(0);
    expect(nextBackoff(backoff, at + 600_001, at + 600_001, defaultBackoffLimits).delayMs).toBe(10_000);
  });
});

const sized = (requests: Record<string, string>, limits: Record<string, string> = {}) =>
  makeContainer('app', { resources: { requests, limits } });

describe('resources', () => {
  const gi8 = 8 * 2 ** 30;
  const rows: readonly (readonly [string, Container, string, object])[] = [
    ['nothing', makeContainer('app'), 'BestEffort', { cpuShares: 2, cpuPeriod: 100_000, oomScoreAdj: 1000 }],
    [
      'a request',
      sized({ cpu: '500m', memory: '2Gi' }),
      'Burstable',
      { cpuShares: 512, cpuPeriod: 100_000, oomScoreAdj: 750 },
    ],
    [
      'a limit alone is a request too',
      sized({}, { cpu: '2', memory: '1Gi' }),
      'Guaranteed',
      { cpuShares: 2048, cpuQuota: 200_000, cpuPeriod: 100_000, memoryLimitBytes: 2 ** 30, oomScoreAdj: -997 },
    ],
    [
      'a small limit has the least quota',
      sized({ cpu: '1m' }, { cpu: '5m' }),
      'Burstable',
      { cpuShares: 2, cpuQuota: 1000, cpuPeriod: 100_000, oomScoreAdj: 999 },
    ],
    [
      'a request of all memory',
      sized({ memory: '8Gi' }),
      'Burstable',
      { cpuShares: 2, cpuPeriod: 100_000, oomScoreAdj: 3 },
    ],
  ];
  for (const [name, container, qos, resources] of rows) {
    it(name, () => {
      const pod = makePod({ containers: [container] });
      expect(qosClassOf(pod)).toBe(qos);
      expect(linuxResources(pod, container, gi8)).toEqual(resources);
    });
  }

  it('puts pods into the cgroup of their class', () => {
    expect(cgroupParentOf(makePod(), '/kubepods')).toBe('/kubepods/besteffort/poduid-1');
    const guaranteed = makePod({ containers: [sized({}, { cpu: '1', memory: '1Gi' })] });
    expect(cgroupParentOf(guaranteed, '/node1/kubepods')).toBe('/node1/kubepods/poduid-1');
  });
});

describe('images', () => {
  for (const [text, tagged] of [
    ['busybox', 'busybox:latest'],
    ['busybox:1.36', 'busybox:1.36'],
    ['localhost:5000/a/b', 'localhost:5000/a/b:latest'],
    [`a@sha256:${'0'.repeat(64)}`, `a@sha256:${'0'.repeat(64)}`],
    ['Nope', undefined],
    ['a b', undefined],
    ['', undefined],
    ['a:', undefined],
  ] as const) {
    it(`${text || 'nothing'} is ${tagged ?? 'no image'}`, () => expect(withDefaultTag(text)).toBe(tagged));
  }

  it('finds the registry', () => {
    expect(parseImageReference('busybox')).toMatchObject({ registry: 'docker.io', repository: 'library/busybox' });
    expect(parseImageReference('a/b:1')).toMatchObject({ registry: 'docker.io', repository: 'a/b', tag: '1' });
    expect(parseImageReference('quay.io/a/b')).toMatchObject({ registry: 'quay.io', repository: 'a/b' });
  });

  it('pulls the latest always, and a version once', () => {
    expect(pullPolicyOf(makeContainer('a', { image: 'busybox' }))).toBe('Always');
    expect(pullPolicyOf(makeContainer('a', { image: 'busybox:1' }))).toBe('IfNotPresent');
    expect(pullPolicyOf(makeContainer('a', { image: 'busybox', imagePullPolicy: 'Never' }))).toBe('Never');
  });

  it('finds the credentials that fit best', () => {
    const auth = (user: string) => ({ auth: toBase64(utf8(`${user}:pa:ss`)) });
    const config = {
      auths: {
        'https://index.docker.io/v1/': auth('hub'),
        'quay.io': auth('all'),
        'quay.io/team': auth('team'),
        '*.example.com': auth('star'),
      },
    };
    const secret: Secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's' },
      data: { '.dockerconfigjson': toBase64(utf8(JSON.stringify(config))) },
    };
    const users = (image: string) => credentialsFor(image, [secret]).map(({ username }) => username);
    expect(users('busybox')).toEqual(['hub']);
    expect(users('quay.io/team/app')).toEqual(['team', 'all']);
    expect(users('quay.io/other/app')).toEqual(['all']);
    expect(users('reg.example.com/a')).toEqual(['star']);
    expect(users('ghcr.io/a/b')).toEqual([]);
    expect(credentialsFor('quay.io/a', [secret])[0]?.password).toBe('pa:ss');
    expect(credentialsFor('a', [{ ...secret, data: { '.dockerconfigjson': toBase64(utf8('{')) } }])).toEqual([]);
  });
});

describe('security', () => {
  const image = { id: 'i', repoTags: [], repoDigests: [], sizeBytes: 0 };
  const where = '(pod: "web_default(uid-1)", container: app)';
  const nonRoot = makePod({ securityContext: { runAsNonRoot: true } });
  for (const [name, container, uid, username, problem] of [
    [
      'an image that runs as root',
      {},
      undefined,
      undefined,
      `container has runAsNonRoot and image will run as root ${where}`,
    ],
    ['an image with a numeric user', {}, 1000, undefined, undefined],
    [
      'an image with a named user',
      {},
      undefined,
      'web',
      `container has runAsNonRoot and image has non-numeric user (web), cannot verify user is non-root ${where}`,
    ],
    [
      'a container that asks for root',
      { runAsUser: 0 },
      1000,
      undefined,
      `container's runAsUser breaks non-root policy ${where}`,
    ],
    ['a container that asks for another user', { runAsUser: 5 }, 0, undefined, undefined],
    ['a container that does not mind', { runAsNonRoot: false }, 0, undefined, undefined],
  ] as const) {
    it(name, () => {
      const securityContext = makeContainer('app', { securityContext: container });
      expect(nonRootProblem(nonRoot, securityContext, { ...image, uid, username })).toBe(problem);
    });
  }

  it('gives a container what pod and container say, the container first', () => {
    const pod = makePod({ securityContext: { runAsUser: 1, runAsGroup: 2, fsGroup: 3, supplementalGroups: [4] } });
    const container = makeContainer('app', {
      securityContext: {
        runAsUser: 9,
        allowPrivilegeEscalation: false,
        capabilities: { add: ['NET_ADMIN'], drop: ['ALL'] },
      },
    });
    expect(containerSecurityContext(pod, container, image, '/seccomp')).toMatchObject({
      runAsUser: 9,
      runAsGroup: 2,
      supplementalGroups: [3, 4],
      noNewPrivileges: true,
      addCapabilities: ['NET_ADMIN'],
      dropCapabilities: ['ALL'],
      seccomp: { type: 'unconfined' },
    });
    const privileged = makeContainer('app', {
      securityContext: { privileged: true, seccompProfile: { type: 'RuntimeDefault' } },
    });
    expect(containerSecurityContext(pod, privileged, image, '/seccomp')).toMatchObject({
      maskedPaths: [],
      seccomp: { type: 'unconfined' },
    });
  });

  it('shares namespaces as asked', () => {
    expect(namespacesOf(makePod())).toEqual({ network: 'pod', pid: 'container', ipc: 'pod' });
    expect(namespacesOf(makePod({ hostNetwork: true, hostPID: true, hostIPC: true }))).toEqual({
      network: 'node',
      pid: 'node',
      ipc: 'node',
    });
    expect(namespacesOf(makePod({ shareProcessNamespace: true })).pid).toBe('pod');
    expect(namespacesOf(makePod(), 'abc')).toMatchObject({ pid: 'target', targetContainerId: 'abc' });
  });
});

describe('probes', () => {
  const run = (kind: 'startup' | 'liveness' | 'readiness', outcomes: string, probe = {}) => {
    let state = initialProbeState(kind);
    const verdicts: string[] = [];
    for (const outcome of outcomes) {
      state = recordOutcome(state, kind, probe, outcome === 'o' ? 'success' : 'failure');
      verdicts.push(`${state.verdict}${state.done ? '!' : ''}`);
    }
    return verdicts;
  };
  it('readiness follows its thresholds', () => {
    expect(run('readiness', 'oxxxo')).toEqual(['success', 'success', 'success', 'failure', 'success']);
    expect(run('readiness', 'ooxo', { successThreshold: 2, failureThreshold: 1 })).toEqual([
      'failure',
      'success',
      'failure',
      'failure',
    ]);
  });
  it('liveness ends with a failure', () =>
    expect(run('liveness', 'xxox xx'.replace(' ', ''))).toEqual([
      'success',
      'success',
      'success',
      'success',
      'success',
      'failure!',
    ]));
  it('startup ends either way', () => {
    expect(run('startup', 'xo')).toEqual(['unknown', 'success!']);
    expect(run('startup', 'xx', { failureThreshold: 2 })).toEqual(['unknown', 'failure!']);
  });
});
