import type { DaemonSet, DaemonSetSpec, DaemonSetUpdateStrategy } from '@trireme/schema/types/apps/v1';
import { chain, fill, over } from '../../fill.ts';
import { defaultPodTemplate } from '../../pod-template/default-pod-spec.ts';

function defaultStrategy(strategy: DaemonSetUpdateStrategy): DaemonSetUpdateStrategy {
  const typed = fill(strategy, { type: 'RollingUpdate' });
  if (typed.type !== 'RollingUpdate') return typed;
  return over(fill(typed, { rollingUpdate: {} }), 'rollingUpdate', (rolling) =>
    fill(rolling, { maxUnavailable: 1, maxSurge: 0 }),
  );
}

const defaultSpec = chain<DaemonSetSpec>(
  (spec) => fill(spec, { revisionHistoryLimit: 10, updateStrategy: {} }),
  (spec) => over(spec, 'updateStrategy', defaultStrategy),
  (spec) => over(spec, 'template', defaultPodTemplate),
);

export const defaultDaemonSet = (set: DaemonSet): DaemonSet => over(set, 'spec', defaultSpec);
