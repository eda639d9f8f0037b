import { createEventRecorder } from '@trireme/client';
import type { HttpHandler } from '@trireme/ports';
import { pods, services } from '@trireme/schema/resources';
import type { PodSettings } from '../sandbox-config.ts';
import { createImagePuller } from './image-puller.ts';
import type { KubeletContext } from './kubelet-context.ts';
import { defaultNodeDns, type KubeletDeps, type KubeletOptions } from './kubelet-options.ts';
import { createNodeLease } from './node/node-lease.ts';
import { createNodeRegistrar } from './node/node-registrar.ts';
import { createObjectReader } from './object-reader.ts';
import { createPodManager } from './pod-manager.ts';
import { createRuntimeView } from './runtime-view.ts';
import { createKubeletHandler } from './server/kubelet-handler.ts';
import { createStatusWriter } from './status-writer.ts';
import { createVolumeManager } from './volumes/volume-manager.ts';

/** One node's agent. Stopping it leaves every container as it is; the next one takes them over. */
export interface Kubelet {
  /** Resolves once the node is registered and its pods are taken up. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** The kubelet's HTTPS API; who is served is decided by the peer's certificate. */
  readonly handler: HttpHandler;
}

export function createKubelet(deps: KubeletDeps, options: KubeletOptions): Kubelet {
  const { client, informers, runtime, files, time, logger } = deps;
  const { nodeName, facts } = options;
  const settings = podSettings(options);
  const recorder = createEventRecorder(deps, { component: 'kubelet', host: nodeName });
  const registrar = createNodeRegistrar(deps, nodeSettings(options), recorder, options.statusReportMs ?? 300_000);
  const leaseSeconds = options.leaseDurationSeconds ?? 40;
  const lease = createNodeLease(deps, nodeName, leaseSeconds, () => registrar.node);
  const podInformer = informers.informer(pods, { fieldSelector: `spec.nodeName=${nodeName}` });
  const serviceInformer = informers.informer(services);
  const objects = createObjectReader(client, time);
  const context: KubeletContext = {
    deps,
    settings,
    nodeName,
    hostIps: facts.internalIps,
    recorder,
    objects,
    services: serviceInformer.lister,
    images: createImagePuller(runtime, time),
    volumes: createVolumeManager({ client, files, objects, time, paths: settings }),
    view: createRuntimeView(runtime, files),
    statuses: createStatusWriter({ client, lister: podInformer.lister, time, logger }),
    node: () => registrar.node,
    refreshNode: () => registrar.refresh(),
  };
  // Pods start when their environment is known (services) and when the node knows what it has (admission).
  const whenReady = async (): Promise<void> => {
    await Promise.all([serviceInformer.whenSynced(), registrar.whenRegistered()]);
  };
  const manager = createPodManager(context, podInformer, whenReady, {
    relistMs: options.relistMs ?? 1000,
    volumeRefreshMs: options.volumeRefreshMs ?? 60_000,
    housekeepingMs: 10_000,
  });
  return {
    async start() {
      registrar.start();
      lease.start();
      await manager.start();
    },
    async stop() {
      await Promise.all([lease.stop(), registrar.stop(), manager.stop()]);
      podInformer.stop();
    },
    handler: createKubeletHandler(context, manager, {
      names: options.allowedNames ?? ['kube-apiserver-kubelet-client'],
      organizations: options.allowedOrganizations ?? ['system:masters'],
    }),
  };
}

function podSettings(options: KubeletOptions): PodSettings {
  return {
    rootDirectory: options.rootDirectory ?? '/var/lib/kubelet',
    logDirectory: options.logDirectory ?? '/var/log/pods',
    rootCgroup: options.rootCgroup ?? '/kubepods',
    memoryBytes: options.facts.memoryBytes,
    clusterDns: {
      servers: options.clusterDns ?? [],
      domain: options.clusterDomain ?? 'cluster.local',
      node: options.nodeDns ?? defaultNodeDns,
    },
  };
}

function nodeSettings(options: KubeletOptions) {
  return {
    nodeName: options.nodeName,
    facts: options.facts,
    kubeletVersion: options.version ?? 'v1.36.0',
    kubeletPort: options.port ?? 10_250,
    labels: options.labels ?? {},
    taints: options.taints ?? [],
    podCidrs: options.podCidrs ?? [],
  };
}
