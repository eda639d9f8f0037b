import { describe, expect, test } from 'vitest';
import { createFindings, withChange } from '../../../test/findings.ts';
import { goodPod as good } from '../../../test/good-pod.ts';
import { podKind } from './kind.ts';

const c = 'spec/containers/0';
const idRange = 'must be between 0 and 2147483647, inclusive';

type Row = readonly [pointer: string, value: unknown, ...messages: string[]];

function table(title: string, rows: readonly Row[]): void {
  describe(title, () => {
    test.each(rows.map(([pointer, value, ...messages]) => ({ pointer, value, messages })))(
      '$pointer = $value',
      ({ pointer, value, messages }) => {
        expect(createFindings(podKind, withChange(good, [pointer, value]))).toEqual(messages);
      },
    );
  });
}

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
