import { definePlugin } from '../../framework/plugin.ts';

/** A pod that names its node runs there or nowhere. */
export const nodeName = definePlugin({
  name: 'NodeName',
  filter: (pod, node) =>
    pod.spec.nodeName && pod.spec.nodeName !== node.name
      ? { reasons: ["node(s) didn't match the requested node name"], unresolvable: true }
      : undefined,
});
