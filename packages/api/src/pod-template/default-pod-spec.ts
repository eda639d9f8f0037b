import type { EphemeralContainer, PodSpec, PodTemplateSpec } from '@trireme/schema/types/core/v1';
import { chain, each, fill, over } from '../fill.ts';
import { canonicalAmounts } from '../quantity-rules.ts';
import { canonicalResources, defaultContainer } from './default-container.ts';
import { defaultVolume } from './default-volume.ts';

/** The account has an old and a new name in the API; whichever was given, both are answered. */
function syncServiceAccount(spec: PodSpec): PodSpec {
  const name = spec.serviceAccountName || spec.serviceAccount;
  if (!name || (spec.serviceAccountName === name && spec.serviceAccount === name)) return spec;
  return { ...spec, serviceAccountName: name, serviceAccount: name };
}

/** What upstream fills in the spec of pods and of pod templates alike. */
export const defaultPodSpec: (spec: PodSpec) => PodSpec = chain<PodSpec>(
  (spec) =>
    fill(spec, {
      dnsPolicy: 'ClusterFirst',
      restartPolicy: 'Always',
      schedulerName: 'default-scheduler',
      securityContext: {},
      terminationGracePeriodSeconds: 30,
    }),
  syncServiceAccount,
  (spec) => over(spec, 'resources', canonicalResources),
  (spec) => over(spec, 'overhead', canonicalAmounts),
  (spec) => over(spec, 'volumes', each(defaultVolume)),
  (spec) => over(spec, 'containers', each(defaultContainer)),
  (spec) => over(spec, 'initContainers', each(defaultContainer)),
  (spec) =>
    over(
      spec,
      'ephemeralContainers',
      each((container) => defaultContainer(container) as EphemeralContainer),
    ),
);

/** What upstream fills in a pod template: less than in a pod, so that templates stay as their author wrote them. */
export const defaultPodTemplate = (template: PodTemplateSpec): PodTemplateSpec =>
  over(template, 'spec', defaultPodSpec);
