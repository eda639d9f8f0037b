/**
 * Where a pod runs, decided by pure rules: each rule is a plugin, and every answer says why.
 *
 * @example
 * import { defaultPlugins, nodeInfoOf, schedule } from '@trireme/scheduler';
 *
 * const nodes = cluster.nodes.map((node) => nodeInfoOf(node, cluster.podsOn(node)));
 * const decision = schedule(pod, nodes, defaultPlugins, 0.5);
 * if (decision.type === 'placed') console.log('on', decision.node, decision.scores);
 * else console.log(decision.message); // 0/2 nodes are available: 2 Insufficient cpu. ...
 */
export { type NodeRefusal, refusalMessage } from './framework/explain.ts';
export { hostPortsOf, type NodeInfo, nodeInfoOf, portKey, withPod } from './framework/node-info.ts';
export { definePlugin, maxScore, normalizeByMax, type Plugin, type Refusal } from './framework/plugin.ts';
export { type Amounts, addAmounts, amountsOf, noAmounts, requestsOfPod } from './framework/resources.ts';
export { type Decision, type NodeScore, schedule } from './framework/schedule.ts';
export { defaultPlugins } from './plugins/registry.ts';
export { createSchedulingQueue, type SchedulingQueue } from './scheduling-queue.ts';
