import { fromUtf8, toBase64, utf8 } from '@trireme/base';
import type { ConfigMap, Node, Secret, Volume } from '@trireme/schema/types/core/v1';
import { describe, expect, it } from 'vitest';
import { createLogFormatter, parseLogLine, splitLines } from './cri-log.ts';
import { admissionProblem } from './node-admission.ts';
import { hostsFile, podDns, sandboxHostname } from './pod-network-files.ts';
import { podRequest } from './pod-requests.ts';
import { makeContainer, makePod } from './testing/pod-fixture.ts';
import { volumeContent } from './volume-content.ts';

const dns = {
  servers: ['10.96.0.10'],
  domain: 'cluster.local',
  node: { servers: ['192.0.2.1'], searches: ['lan'], options: ['rotate'] },
};

describe('podDns', () => {
  const inCluster = ['default.svc.cluster.local', 'svc.cluster.local', 'cluster.local', 'lan'];
  const rows = [
    ['ClusterFirst', makePod(), { servers: ['10.96.0.10'], searches: inCluster, options: ['ndots:5'] }],
    ['the host network', makePod({ hostNetwork: true }), dns.node],
    [
      'ClusterFirstWithHostNet',
      makePod({ hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' }),
      { servers: ['10.96.0.10'], searches: inCluster, options: ['ndots:5'] },
    ],
    ['Default', makePod({ dnsPolicy: 'Default' }), dns.node],
    [
      'None with its own',
      makePod({
        dnsPolicy: 'None',
        dnsConfig: { nameservers: ['1.1.1.1'], searches: ['x'], options: [{ name: 'ndots', value: '2' }] },
      }),
      { servers: ['1.1.1.1'], searches: ['x'], options: ['ndots:2'] },
    ],
    [
      'more on top',
      makePod({ dnsConfig: { options: [{ name: 'ndots', value: '1' }, { name: 'edns0' }] } }),
      { servers: ['10.96.0.10'], searches: inCluster, options: ['ndots:1', 'edns0'] },
    ],
  ] as const;
  for (const [name, pod, expected] of rows) it(name, () => expect(podDns(pod, dns)).toEqual(expected));
});

describe('names of a pod', () => {
  it('cuts a hostname to what fits', () => {
    expect(sandboxHostname(makePod({}, { name: `${'a'.repeat(62)}-b` }), 'cluster.local')).toBe('a'.repeat(62));
    expect(sandboxHostname(makePod({ hostname: 'x', subdomain: 's', setHostnameAsFQDN: true }), 'cluster.local')).toBe(
      'x.s.default.svc.cluster.local',
    );
    expect(sandboxHostname(makePod({ hostNetwork: true }), 'cluster.local')).toBe('');
  });

  it('writes /etc/hosts', () => {
    const pod = makePod({ hostname: 'x', subdomain: 's', hostAliases: [{ ip: '1.2.3.4', hostnames: ['a', 'b'] }] });
    const text = hostsFile(pod, ['10.244.0.5'], 'cluster.local', '');
    expect(text).toContain('127.0.0.1\tlocalhost\n');
    expect(text).toContain('10.244.0.5\tx.s.default.svc.cluster.local\tx\n');
    expect(text).toMatch(/1\.2\.3\.4\ta\tb\n$/);
    expect(hostsFile(makePod({ hostNetwork: true }), [], 'cluster.local', '127.0.0.1 me\n')).toBe(
      '# Kubernetes-managed hosts file (host network).\n127.0.0.1 me\n',
    );
  });
});

describe('volumeContent', () => {
  const configMap: ConfigMap = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'c' },
    data: { a: '1', b: '2' },
    binaryData: { z: toBase64(Uint8Array.of(0, 255)) },
  };
  const secret: Secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's' },
    data: { k: toBase64(utf8('v')) },
  };
  const sources = {
    configMaps: new Map([['c', configMap]]),
    secrets: new Map([['s', secret]]),
    tokens: new Map([['token', 'jwt']]),
    facts: { podIps: [], hostIps: [], allocatable: {} },
  };
  const pod = makePod({}, { labels: { b: '2', a: 'x"y' } });
  const show = (volume: Omit<Volume, 'name'>) => {
    const content = volumeContent(pod, { name: 'v', ...volume }, sources);
    if (content.problem !== undefined) return content.problem;
    return [...content.files].map(
      ([path, { mode, content: bytes }]) => `${path} ${mode.toString(8)} ${fromUtf8(bytes)}`,
    );
  };
  const rows = [
    ['all keys', { configMap: { name: 'c', items: [{ key: 'a', path: 'x/y', mode: 0o400 }] } }, ['x/y 400 1']],
    ['a default mode', { secret: { secretName: 's', defaultMode: 0o440 } }, ['k 440 v']],
    ['a missing object', { configMap: { name: 'n' } }, 'configmap "n" not found'],
    ['a missing optional object', { secret: { secretName: 'n', optional: true } }, []],
    [
      'a missing key',
      { configMap: { name: 'c', items: [{ key: 'q', path: 'q' }] } },
      'references non-existent config key: q',
    ],
    [
      'a missing key of a secret',
      { secret: { secretName: 's', items: [{ key: 'q', path: 'q' }] } },
      'references non-existent secret key: q',
    ],
    [
      'labels',
      { downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
      ['labels 644 a="x\\"y"\nb="2"'],
    ],
    [
      'several sources in one',
      {
        projected: {
          sources: [
            { serviceAccountToken: { path: 'token' } },
            { configMap: { name: 'c', items: [{ key: 'a', path: 'ca.crt' }] } },
            { secret: { name: 's' } },
          ],
        },
      },
      ['token 644 jwt', 'ca.crt 644 1', 'k 644 v'],
    ],
  ] as const;
  for (const [name, volume, expected] of rows) it(name, () => expect(show(volume)).toEqual(expected));

  it('keeps bytes that are no text', () => {
    const content = volumeContent(pod, { name: 'v', configMap: { name: 'c' } }, sources);
    expect(content.problem === undefined && content.files.get('z')?.content).toEqual(Uint8Array.of(0, 255));
  });
});

describe('admissionProblem', () => {
  const node: Node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'node1', labels: { zone: 'a' } },
    status: { allocatable: { cpu: '1', memory: '1Gi', pods: '2' } },
  };
  const asks = (cpu: string) => makePod({ containers: [makeContainer('app', { resources: { requests: { cpu } } })] });
  const rows = [
    ['what fits', asks('400m'), [asks('600m')], undefined],
    ['what does not', asks('500m'), [asks('600m')], ['OutOfcpu', 'requested: 500, used: 600, capacity: 1000']],
    ['one pod too many', makePod(), [makePod(), makePod()], ['OutOfpods', 'requested: 1, used: 2, capacity: 2']],
    ['a node selector that fits', makePod({ nodeSelector: { zone: 'a' } }), [], undefined],
    [
      'one that does not',
      makePod({ nodeSelector: { zone: 'b' } }),
      [],
      ['NodeAffinity', "node(s) didn't match Pod's node affinity/selector"],
    ],
  ] as const;
  for (const [name, pod, active, expected] of rows) {
    it(name, () => {
      const problem = admissionProblem(pod, active, node);
      expect(problem?.reason).toBe(expected?.[0]);
      if (expected) expect(problem?.message).toContain(expected[1]);
    });
  }

  it('counts init containers beside the sidecars before them', () => {
    const sized = (name: string, cpu: string, more = {}) =>
      makeContainer(name, { resources: { requests: { cpu } }, ...more });
    const pod = makePod({
      initContainers: [sized('s', '100m', { restartPolicy: 'Always' }), sized('i', '900m')],
      containers: [sized('a', '300m'), sized('b', '300m')],
      overhead: { cpu: '50m' },
    });
    expect(podRequest(pod, 'cpu')).toBe(1050);
  });
});

describe('container logs', () => {
  it('joins the parts of a long line, and knows the stream', () => {
    const text =
      '2026-01-01T00:00:00.5Z stdout P one \n2026-01-01T00:00:00.6Z stdout F two\nbroken\n2026-01-01T00:00:01Z stderr F x\n2026-01-01T00:00:02Z stdout F unfin';
    const { lines, rest } = splitLines(utf8(text));
    const entries = lines.map((line) => parseLogLine(line)).filter((entry) => entry !== undefined);
    expect(entries.map(({ stream, content }) => [stream, fromUtf8(content)])).toEqual([
      ['stdout', 'one '],
      ['stdout', 'two\n'],
      ['stderr', 'x\n'],
    ]);
    expect(fromUtf8(rest)).toContain('unfin');
    const formatter = createLogFormatter({ timestamps: true, limitBytes: undefined, sinceMs: undefined });
    expect(entries.map((entry) => fromUtf8(formatter.format(entry))).join('')).toBe(
      '2026-01-01T00:00:00.5Z one two\n2026-01-01T00:00:01Z x\n',
    );
  });
});
