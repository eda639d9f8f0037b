/**
 * What a kubelet needs of the Linux machine it runs on: its files, mounts and facts, and probes over its network.
 *
 * @example
 * import { createNodeFiles, createProber, readMachineFacts } from '@trireme/adapter-node-files';
 *
 * const files = createNodeFiles({ logger });
 * const facts = { ...(await readMachineFacts('/var/lib')), maxPods: 110, internalIps: ['192.0.2.10'] };
 * const kubelet = createKubelet({ files, prober: createProber(), client, informers, runtime, time, random, logger }, {
 *   nodeName: 'node1',
 *   facts,
 * });
 */
export {
  type MachineFacts,
  parseResolvConf,
  type ResolvConf,
  readMachineFacts,
  readResolvConf,
} from './node-facts.ts';
export { createNodeFiles, type NodeFilesOptions } from './node-files.ts';
export { createProber } from './prober/prober.ts';
