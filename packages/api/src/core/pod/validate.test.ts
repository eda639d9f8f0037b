import { describe, expect, test } from 'vitest';
import { type Change, createFindings, withChanges } from '../../../test/findings.ts';
import { goodPod as good } from '../../../test/good-pod.ts';
import { podKind } from './kind.ts';

const c = 'spec/containers/0';
const label63 =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const portRange = 'must be between 1 and 65535, inclusive';

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
