import type { Pod } from '@trireme/schema/types/core/v1';
import { describe, expect, test } from 'vitest';
import { type Change, createFindings, withChanges } from '../../../test/findings.ts';
import { podKind } from './kind.ts';

const good: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    containers: [
      {
        name: 'web',
        image: 'busybox:1.36',
        ports: [{ name: 'http', containerPort: 80 }],
        env: [
          { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
          { name: 'my-key.x', value: '1' },
          { name: 'LABEL', valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
          { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
        ],
        envFrom: [{ configMapRef: { name: 'settings' } }],
        resources: { limits: { cpu: '1', memory: '64Mi', 'nvidia.com/gpu': '1' }, requests: { cpu: '500m' } },
        readinessProbe: { httpGet: { port: 'http' } },
        livenessProbe: { tcpSocket: { port: 80 } },
        lifecycle: { preStop: { exec: { command: ['sleep', '1'] } } },
        volumeMounts: [{ name: 'data', mountPath: '/data', subPath: 'a/b' }],
        securityContext: { runAsUser: 1000, allowPrivilegeEscalation: false },
      },
    ],
    initContainers: [{ name: 'setup', image: 'busybox' }],
    volumes: [
      { name: 'data', emptyDir: {} },
      { name: 'token', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } },
    ],
    tolerations: [{ operator: 'Exists' }],
    topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' }],
  },
};

const c = 'spec/containers/0';
const label63 =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const portRange = 'must be between 1 and 65535, inclusive';
const idRange = 'must be between 0 and 2147483647, inclusive';

test('a good pod passes', () => {
  expect(createFindings(podKind, good)).toEqual([]);
});

type Row = readonly [pointer: string, value: unknown, ...messages: string[]];

function table(title: string, rows: readonly Row[]): void {
  describe(title, () => {
    test.each(rows.map(([pointer, value, ...messages]) => ({ pointer, value, messages })))(
      '$pointer = $value',
      ({ pointer, value, messages }) => {
        const change: Change = [pointer, value];
        expect(createFindings(podKind, withChanges(good, [change]))).toEqual(messages);
      },
    );
  });
}

table('containers', [
  ['spec/containers', [], 'spec.containers: Required value'],
  [`${c}/name`, '', 'spec.containers[0].name: Required value'],
  [`${c}/name`, 'Web', `spec.containers[0].name: Invalid value: "Web": ${label63}`],
  [`${c}/image`, undefined, 'spec.containers[0].image: Required value'],
  [
    `${c}/image`,
    ' busybox',
    'spec.containers[0].image: Invalid value: " busybox": must not have leading or trailing whitespace',
  ],
  [
    `${c}/imagePullPolicy`,
    'Sometimes',
    'spec.containers[0].imagePullPolicy: Unsupported value: "Sometimes": supported values: "Always", "IfNotPresent", "Never"',
  ],
  [
    `${c}/terminationMessagePolicy`,
    'Log',
    'spec.containers[0].terminationMessagePolicy: Unsupported value: "Log": supported values: "FallbackToLogsOnError", "File"',
  ],
  ['spec/initContainers/0/name', 'web', 'spec.initContainers[0].name: Duplicate value: "web"'],
  [
    'spec/initContainers/0/livenessProbe',
    { exec: { command: ['x'] } },
    'spec.initContainers[0].livenessProbe: Forbidden: may not be set for init containers without restartPolicy=Always',
  ],
  [
    'spec/ephemeralContainers',
    [{ name: 'debug', image: 'busybox' }],
    'spec.ephemeralContainers: Forbidden: cannot be set on create',
  ],
]);

table('ports', [
  [`${c}/ports/0/containerPort`, 0, 'spec.containers[0].ports[0].containerPort: Required value'],
  [
    `${c}/ports/0/containerPort`,
    70000,
    `spec.containers[0].ports[0].containerPort: Invalid value: 70000: ${portRange}`,
  ],
  [`${c}/ports/0/hostPort`, -1, `spec.containers[0].ports[0].hostPort: Invalid value: -1: ${portRange}`],
  [
    `${c}/ports/0/name`,
    'a--b',
    'spec.containers[0].ports[0].name: Invalid value: "a--b": must not contain consecutive hyphens',
  ],
  [
    `${c}/ports/0/protocol`,
    'ICMP',
    'spec.containers[0].ports[0].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"',
  ],
  [
    `${c}/ports`,
    [
      { name: 'a', containerPort: 1, hostPort: 5 },
      { name: 'a', containerPort: 2, hostPort: 5 },
    ],
    'spec.containers[0].ports[1].name: Duplicate value: "a"',
    'spec.containers[0].ports[1].hostPort: Duplicate value: "TCP//5"',
  ],
]);

const valueFrom = `${c}/env/0/valueFrom`;
const valueFromPath = 'spec.containers[0].env[0].valueFrom';
table('environment', [
  [`${c}/env/1/name`, '', 'spec.containers[0].env[1].name: Required value'],
  [
    `${c}/env/1/name`,
    'a=b',
    `spec.containers[0].env[1].name: Invalid value: "a=b": a valid environment variable name must consist only of printable ASCII characters other than '='`,
  ],
  [`${c}/env/0/value`, 'x', `${valueFromPath}: Invalid value: "": may not be specified when \`value\` is not empty`],
  [
    valueFrom,
    {},
    `${valueFromPath}: Invalid value: "": must specify one of: \`fieldRef\`, \`resourceFieldRef\`, \`configMapKeyRef\`, \`secretKeyRef\` or \`fileKeyRef\``,
  ],
  [
    valueFrom,
    { fieldRef: { fieldPath: 'metadata.labels' } },
    `${valueFromPath}.fieldRef.fieldPath: Unsupported value: "metadata.labels": supported values: "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"`,
  ],
  [
    valueFrom,
    { fieldRef: { fieldPath: 'spec.nope' } },
    `${valueFromPath}.fieldRef.fieldPath: Invalid value: "spec.nope": error converting fieldPath: field label not supported: spec.nope`,
  ],
  [valueFrom, { secretKeyRef: { name: 'db', key: '' } }, `${valueFromPath}.secretKeyRef.key: Required value`],
  [
    valueFrom,
    { resourceFieldRef: { resource: 'limits.cpu', divisor: '2' } },
    `${valueFromPath}.resourceFieldRef.divisor: Invalid value: "limits.cpu": only divisor's values 1m and 1 are supported with the cpu resource`,
  ],
  [
    `${c}/envFrom/0`,
    {},
    'spec.containers[0].envFrom: Invalid value: "": must specify one of: `configMapRef` or `secretRef`',
  ],
  [`${c}/envFrom/0/configMapRef/name`, '', 'spec.containers[0].envFrom[0].configMapRef.name: Required value'],
]);

const limits = 'spec.containers[0].resources';
table('resources', [
  [
    `${c}/resources/requests`,
    { cpu: '2' },
    `${limits}.requests: Invalid value: "2": must be less than or equal to cpu limit of 1`,
  ],
  [
    `${c}/resources/limits/cpu`,
    '-1',
    `${limits}.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0`,
    `${limits}.requests: Invalid value: "500m": must be less than or equal to cpu limit of -1`,
  ],
  [
    `${c}/resources/limits/memory`,
    '64 MB',
    `${limits}.limits[memory]: Invalid value: "64 MB": quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'`,
    `${limits}.requests[memory]: Invalid value: "64 MB": quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'`,
  ],
  [
    `${c}/resources/limits`,
    { cpu: '1', gpu: '1' },
    `${limits}.limits[gpu]: Invalid value: "gpu": must be a standard resource type or fully qualified`,
    `${limits}.limits[gpu]: Invalid value: "gpu": must be a standard resource for containers`,
    `${limits}.requests[gpu]: Invalid value: "gpu": must be a standard resource type or fully qualified`,
    `${limits}.requests[gpu]: Invalid value: "gpu": must be a standard resource for containers`,
  ],
  [
    `${c}/resources`,
    { requests: { 'nvidia.com/gpu': '1' } },
    `${limits}.limits: Required value: Limit must be set for non overcommitable resources`,
  ],
  [
    `${c}/resources`,
    { limits: { 'nvidia.com/gpu': '2' }, requests: { 'nvidia.com/gpu': '1' } },
    `${limits}.requests: Invalid value: "1": must be equal to nvidia.com/gpu limit of 2`,
  ],
  [`${c}/resources`, { limits: { 'hugepages-2Mi': '2Mi' } }, `${limits}: Forbidden: HugePages require cpu or memory`],
]);

const probe = 'spec.containers[0].livenessProbe';
table('probes and hooks', [
  [`${c}/livenessProbe`, {}, `${probe}: Required value: must specify a handler type`],
  [
    `${c}/livenessProbe`,
    { exec: { command: ['a'] }, tcpSocket: { port: 1 } },
    `${probe}.tcpSocket: Forbidden: may not specify more than 1 handler type`,
  ],
  [`${c}/livenessProbe`, { exec: {} }, `${probe}.exec.command: Required value`],
  [
    `${c}/livenessProbe/tcpSocket/port`,
    'Bad_Name',
    `${probe}.tcpSocket.port: Invalid value: "Bad_Name": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)`,
  ],
  [`${c}/livenessProbe/successThreshold`, 2, `${probe}.successThreshold: Invalid value: 2: must be 1`],
  [
    `${c}/livenessProbe/periodSeconds`,
    -1,
    `${probe}.periodSeconds: Invalid value: -1: must be greater than or equal to 0`,
  ],
  [
    `${c}/readinessProbe/terminationGracePeriodSeconds`,
    5,
    'spec.containers[0].readinessProbe.terminationGracePeriodSeconds: Invalid value: 5: must not be set for readinessProbes',
  ],
  [
    `${c}/readinessProbe/httpGet/scheme`,
    'FTP',
    'spec.containers[0].readinessProbe.httpGet.scheme: Unsupported value: "FTP": supported values: "HTTP", "HTTPS"',
  ],
  [
    `${c}/lifecycle/preStop`,
    { sleep: { seconds: 31 } },
    'spec.containers[0].lifecycle.preStop.sleep: Invalid value: 31: must be non-negative and less than terminationGracePeriodSeconds (30)',
  ],
]);

table('volumes and mounts', [
  ['spec/volumes/0/name', 'other', 'spec.containers[0].volumeMounts[0].name: Not found: "data"'],
  [
    'spec/volumes/0',
    { name: 'data', secret: {} },
    'spec.volumes[0].secret.secretName: Required value',
    'spec.containers[0].volumeMounts[0].name: Not found: "data"',
  ],
  ['spec/volumes/1/name', 'data', 'spec.volumes[1].name: Duplicate value: "data"'],
  [
    'spec/volumes/1',
    { name: 'token', emptyDir: {}, hostPath: { path: '/x' } },
    'spec.volumes[1].hostPath: Forbidden: may not specify more than 1 volume type',
  ],
  ['spec/volumes/1', { name: 'x', secret: {} }, 'spec.volumes[1].secret.secretName: Required value'],
  ['spec/volumes/1', { name: 'x', configMap: {} }, 'spec.volumes[1].configMap.name: Required value'],
  [
    'spec/volumes/1',
    { name: 'x', configMap: { name: 'm', defaultMode: 0o1000 } },
    'spec.volumes[1].configMap.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive',
  ],
  [
    'spec/volumes/1',
    { name: 'x', secret: { secretName: 's', items: [{ key: 'k', path: '../etc' }] } },
    `spec.volumes[1].secret.items[0].path: Invalid value: "../etc": must not contain '..'`,
  ],
  [
    'spec/volumes/1',
    { name: 'x', hostPath: { path: '/a', type: 'Disk' } },
    'spec.volumes[1].hostPath.type: Unsupported value: "Disk": supported values: "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"',
  ],
  [
    'spec/volumes/1/projected/sources/0/serviceAccountToken/expirationSeconds',
    60,
    'spec.volumes[1].projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes',
  ],
  [
    'spec/volumes/1',
    { name: 'x', persistentVolumeClaim: { claimName: '' } },
    'spec.volumes[1].persistentVolumeClaim.claimName: Required value',
  ],
  [
    'spec/volumes/1',
    { name: 'x', emptyDir: { sizeLimit: '-1' } },
    'spec.volumes[1].emptyDir.sizeLimit: Forbidden: SizeLimit field must be a valid resource quantity',
  ],
  [
    'spec/volumes/1',
    { name: 'x', downwardAPI: { items: [{ path: 'a' }] } },
    'spec.volumes[1].downwardAPI.items[0]: Required value: one of fieldRef and resourceFieldRef is required',
  ],
  [`${c}/volumeMounts/0/mountPath`, '', 'spec.containers[0].volumeMounts[0].mountPath: Required value'],
  [
    `${c}/volumeMounts`,
    [
      { name: 'data', mountPath: '/a' },
      { name: 'token', mountPath: '/a' },
    ],
    'spec.containers[0].volumeMounts[1].mountPath: Invalid value: "/a": must be unique',
  ],
  [
    `${c}/volumeMounts/0/subPath`,
    '/abs',
    'spec.containers[0].volumeMounts.subPath: Invalid value: "/abs": must be a relative path',
  ],
  [
    `${c}/volumeMounts/0/mountPropagation`,
    'Bidirectional',
    'spec.containers[0].volumeMounts.mountPropagation: Forbidden: Bidirectional mount propagation is available only to privileged containers',
  ],
]);

table('security', [
  [
    `${c}/securityContext/privileged`,
    true,
    'spec.containers[0].securityContext: Invalid value: {"runAsUser":1000,"allowPrivilegeEscalation":false,"privileged":true}: cannot set `allowPrivilegeEscalation` to false and `privileged` to true',
  ],
  [`${c}/securityContext/runAsUser`, -1, `spec.containers[0].securityContext.runAsUser: Invalid value: -1: ${idRange}`],
  ['spec/securityContext', { fsGroup: -5 }, `spec.securityContext.fsGroup: Invalid value: -5: ${idRange}`],
  [
    'spec/securityContext',
    { seccompProfile: { type: 'Localhost' } },
    'spec.securityContext.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost',
  ],
  [
    'spec/securityContext',
    { seccompProfile: { type: 'Strict' } },
    'spec.securityContext.seccompProfile.type: Unsupported value: "Strict": supported values: "Localhost", "RuntimeDefault", "Unconfined"',
  ],
]);

table('scheduling', [
  [
    'spec/tolerations/0',
    { operator: 'Equal' },
    'spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"',
  ],
  [
    'spec/tolerations/0',
    { key: 'a', operator: 'Exists', effect: 'NoSchedule', tolerationSeconds: 3 },
    `spec.tolerations[0].effect: Invalid value: "NoSchedule": effect must be 'NoExecute' when \`tolerationSeconds\` is set`,
  ],
  [
    'spec/tolerations/0',
    { key: 'a', operator: 'Like' },
    'spec.tolerations[0].operator: Unsupported value: "Like": supported values: "Equal", "Exists"',
  ],
  [
    'spec/tolerations/0',
    { key: 'a', operator: 'Exists', effect: 'Never' },
    'spec.tolerations[0].effect: Unsupported value: "Never": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
  ],
  [
    'spec/topologySpreadConstraints/0/maxSkew',
    0,
    'spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero',
  ],
  [
    'spec/topologySpreadConstraints/0/topologyKey',
    '',
    'spec.topologySpreadConstraints[0].topologyKey: Required value: can not be empty',
  ],
  [
    'spec/topologySpreadConstraints/0/whenUnsatisfiable',
    'Maybe',
    'spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: "Maybe": supported values: "DoNotSchedule", "ScheduleAnyway"',
  ],
  [
    'spec/affinity',
    { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } } },
    'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Required value: must have at least one node selector term',
  ],
  [
    'spec/affinity',
    {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 0, podAffinityTerm: { topologyKey: 'zone' } }],
      },
    },
    'spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid value: 0: must be in the range 1-100',
  ],
  ['spec/schedulingGates', [{ name: 'a' }, { name: 'a' }], 'spec.schedulingGates[1].name: Duplicate value: "a"'],
]);

table('the pod itself', [
  [
    'spec/restartPolicy',
    'Sometimes',
    'spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"',
  ],
  ['spec/dnsPolicy', 'None', 'spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None'],
  [
    'spec/activeDeadlineSeconds',
    0,
    'spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive',
  ],
  ['spec/hostname', 'A', `spec.hostname: Invalid value: "A": ${label63}`],
  [
    'spec/hostAliases',
    [{ ip: '1.2.3' }],
    'spec.hostAliases[0].ip: Invalid value: "1.2.3": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
  ],
  [
    'spec/preemptionPolicy',
    'Maybe',
    'spec.preemptionPolicy: Unsupported value: "Maybe": supported values: "PreemptLowerPriority", "Never"',
  ],
]);

test('a host network pod must use its ports as they are', () => {
  const pod = withChanges(good, [
    ['spec/hostNetwork', true],
    [`${c}/ports/0/hostPort`, 81],
  ]);
  expect(createFindings(podKind, pod)).toEqual([
    'spec.containers[0].ports[0].hostPort: Invalid value: 81: must match `containerPort` when `hostNetwork` is true',
  ]);
});
