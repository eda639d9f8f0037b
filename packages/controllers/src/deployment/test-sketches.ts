import type { Deployment, DeploymentSpec, ReplicaSet } from '@trireme/schema/types/apps/v1';
import type { Pod } from '@trireme/schema/types/core/v1';
import type { Plan } from '../controller.ts';
import { createView, describePlan } from '../testing/index.ts';
import { reconcileDeployment } from './reconcile.ts';

export const nowMs = Date.parse('2026-01-02T00:00:00Z');
export const at = (seconds: number): string => new Date(nowMs + seconds * 1000).toISOString().replace('.000', '');

export const template = (image: string): DeploymentSpec['template'] => ({
  metadata: { name: '', labels: { app: 'web' } },
  spec: { containers: [{ name: 'c', image }] },
});

/** A deployment of image v2. */
export const web = (
  replicas: number,
  spec: Partial<DeploymentSpec> = {},
  status?: Deployment['status'],
): Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    name: 'web',
    namespace: 'ns',
    uid: 'd-uid',
    generation: 7,
    annotations: { 'kubernetes.io/change-cause': 'why', 'deployment.kubernetes.io/revision': '2' },
  },
  spec: {
    replicas,
    progressDeadlineSeconds: 600,
    selector: { matchLabels: { app: 'web' } },
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    template: template('v2'),
    ...spec,
  },
  ...(status ? { status } : {}),
});

/** What a test says of a replica set. */
export interface SetSketch {
  readonly image?: string;
  readonly replicas: number;
  readonly available?: number;
  readonly actual?: number;
  readonly revision?: number;
  readonly desired?: number;
  readonly max?: number;
  readonly conditions?: NonNullable<ReplicaSet['status']>['conditions'];
}

export const set = (name: string, sketch: SetSketch): ReplicaSet => {
  const { image = 'v1', replicas, available = replicas, actual = replicas, revision = 1 } = sketch;
  const { desired = 3, max = 4, conditions } = sketch;
  const base = template(image);
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name,
      namespace: 'ns',
      uid: `uid-${name}`,
      generation: 1,
      creationTimestamp: at(-1000 + revision),
      labels: { app: 'web', 'pod-template-hash': name },
      annotations: {
        ...(image === 'v2' ? { 'kubernetes.io/change-cause': 'why' } : {}),
        'deployment.kubernetes.io/revision': String(revision),
        'deployment.kubernetes.io/desired-replicas': String(desired),
        'deployment.kubernetes.io/max-replicas': String(max),
      },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          name: 'web',
          uid: 'd-uid',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      replicas,
      minReadySeconds: 0,
      selector: { matchLabels: { app: 'web', 'pod-template-hash': name } },
      template: { ...base, metadata: { name: '', labels: { app: 'web', 'pod-template-hash': name } } },
    },
    status: {
      replicas: actual,
      readyReplicas: available,
      availableReplicas: available,
      observedGeneration: 1,
      ...(conditions ? { conditions } : {}),
    },
  };
};

export const reconcile = (...objects: readonly (Deployment | ReplicaSet | Pod)[]): Plan =>
  reconcileDeployment('ns/web', createView(objects), nowMs);

/** 'web-1=2' for each set that the plan scales or makes; 'new=…' for the one it makes. */
export const scaling = (plan: Plan): readonly string[] =>
  plan.actions.flatMap((action) => {
    if (action.type !== 'create' && action.type !== 'update') return [];
    const made = action.object as ReplicaSet;
    return [`${action.type === 'create' ? 'new' : made.metadata.name}=${made.spec.replicas}`];
  });
export const statusOf = (plan: Plan): NonNullable<Deployment['status']> => {
  for (const action of plan.actions) {
    if (action.type === 'update-status') return (action.object as Deployment).status ?? {};
  }
  return {};
};
export const conditionOf = (plan: Plan, type: string) => statusOf(plan).conditions?.find((each) => each.type === type);
export const events = (plan: Plan): readonly string[] => describePlan(plan).filter((line) => line.startsWith('event'));

export const percents = {
  strategy: { type: 'RollingUpdate' as const, rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
};
export const recreate = { strategy: { type: 'Recreate' as const } };
