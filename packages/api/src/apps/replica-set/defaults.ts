import type { ReplicaSet, ReplicaSetSpec } from '@trireme/schema/types/apps/v1';
import { chain, fill, over } from '../../fill.ts';
import { defaultPodTemplate } from '../../pod-template/default-pod-spec.ts';

const defaultSpec = chain<ReplicaSetSpec>(
  (spec) => fill(spec, { replicas: 1 }),
  (spec) => over(spec, 'template', defaultPodTemplate),
);

export const defaultReplicaSet = (set: ReplicaSet): ReplicaSet => over(set, 'spec', defaultSpec);
