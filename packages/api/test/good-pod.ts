import type { Pod } from '@trireme/schema/types/core/v1';

/** A pod that passes every rule and has a field for each of them to break. */
export const goodPod: Pod = {
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
