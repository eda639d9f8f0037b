import type { StatefulSet, StatefulSetSpec, StatefulSetUpdateStrategy } from '@trireme/schema/types/apps/v1';
import type { PersistentVolumeClaim } from '@trireme/schema/types/core/v1';
import { chain, each, fill, over } from '../../fill.ts';
import { defaultPodTemplate } from '../../pod-template/default-pod-spec.ts';

function defaultStrategy(strategy: StatefulSetUpdateStrategy): StatefulSetUpdateStrategy {
  const typed = fill(strategy, { type: 'RollingUpdate' });
  if (typed.type !== 'RollingUpdate') return typed;
  return over(fill(typed, { rollingUpdate: {} }), 'rollingUpdate', (rolling) => fill(rolling, { partition: 0 }));
}

const defaultClaim = chain<PersistentVolumeClaim>(
  (claim) => fill(claim, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', status: {} }),
  (claim) => over(claim, 'spec', (spec) => fill(spec, { volumeMode: 'Filesystem' })),
  (claim) => over(claim, 'status', (status) => fill(status, { phase: 'Pending' })),
);

const defaultSpec = chain<StatefulSetSpec>(
  (spec) =>
    fill(spec, {
      replicas: 1,
      revisionHistoryLimit: 10,
      podManagementPolicy: 'OrderedReady',
      updateStrategy: {},
      persistentVolumeClaimRetentionPolicy: {},
    }),
  (spec) => over(spec, 'updateStrategy', defaultStrategy),
  (spec) =>
    over(spec, 'persistentVolumeClaimRetentionPolicy', (policy) =>
      fill(policy, { whenDeleted: 'Retain', whenScaled: 'Retain' }),
    ),
  (spec) => over(spec, 'template', defaultPodTemplate),
  (spec) => over(spec, 'volumeClaimTemplates', each(defaultClaim)),
);

export const defaultStatefulSet = (set: StatefulSet): StatefulSet => over(set, 'spec', defaultSpec);
