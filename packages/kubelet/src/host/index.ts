/**
 * A kubelet: the agent that makes a node run the pods that are bound to it, over ports, so that it runs against containerd
 * on Linux and against a simulated runtime under virtual time alike.
 *
 * @example
 * import { createKubelet } from '@trireme/kubelet/host';
 *
 * const kubelet = createKubelet(
 *   { client, informers, runtime, files, prober, time, random, logger },
 *   { nodeName: 'node1', facts, clusterDns: ['10.96.0.10'] },
 * );
 * await kubelet.start();
 * serveHttps(kubelet.handler);
 */
export { createKubelet, type Kubelet } from './kubelet.ts';
export type { KubeletDeps, KubeletOptions } from './kubelet-options.ts';
