import type { Plugin } from '../framework/plugin.ts';
import { nodeAffinity } from './node-affinity/plugin.ts';
import { nodeName } from './node-name/plugin.ts';
import { nodePorts } from './node-ports/plugin.ts';
import { nodeResourcesBalanced } from './node-resources/balanced.ts';
import { nodeResourcesFit } from './node-resources/fit.ts';
import { nodeUnschedulable } from './node-unschedulable/plugin.ts';
import { podTopologySpread } from './pod-topology-spread/plugin.ts';
import { taintToleration } from './taint-toleration/plugin.ts';

/** What the default scheduler looks at, cheap and decisive filters first. */
export const defaultPlugins: readonly Plugin[] = [
  nodeUnschedulable,
  nodeName,
  taintToleration,
  nodeAffinity,
  nodePorts,
  nodeResourcesFit,
  podTopologySpread,
  nodeResourcesBalanced,
];
