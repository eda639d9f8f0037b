import { isStatus, microTimeText } from '@trireme/api-machinery';
import { messageOf } from '@trireme/base';
import { sleep } from '@trireme/ports';
import { leases } from '@trireme/schema/resources';
import type { Lease } from '@trireme/schema/types/coordination/v1';
import type { Node } from '@trireme/schema/types/core/v1';
import type { KubeletDeps } from '../kubelet-options.ts';
import { withDeadline } from '../with-deadline.ts';

/** The node's heartbeat: a Lease that is renewed four times within its duration. */
export interface NodeLease {
  start(): void;
  stop(): Promise<void>;
}

const namespace = 'kube-node-lease';
const retryMs = 1000;

export function createNodeLease(
  deps: KubeletDeps,
  nodeName: string,
  durationSeconds: number,
  node: () => Node | undefined,
): NodeLease {
  const { client, time, random, logger } = deps;
  const resource = client.resource(leases);
  const controller = new AbortController();
  let held: Lease | undefined;
  let running: Promise<void> | undefined;

  const renewed = (lease: Lease): Lease => {
    const owner = node();
    const ownerReferences = owner?.metadata.uid
      ? [{ apiVersion: 'v1', kind: 'Node', name: nodeName, uid: owner.metadata.uid }]
      : lease.metadata.ownerReferences;
    return {
      ...lease,
      metadata: { ...lease.metadata, ...(ownerReferences ? { ownerReferences } : {}) },
      spec: { holderIdentity: nodeName, leaseDurationSeconds: durationSeconds, renewTime: microTimeText(time.now()) },
    };
  };

  const read = async (): Promise<Lease | undefined> => {
    try {
      return await withDeadline(time, 'read the lease', (signal) =>
        resource.get({ name: nodeName, namespace }, { signal }),
      );
    } catch (error) {
      if (isStatus(error, 'NotFound')) return undefined;
      throw error;
    }
  };

  const renew = async (): Promise<void> => {
    const current = held ?? (await read());
    const fresh: Lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: nodeName, namespace },
      spec: {},
    };
    try {
      held = await withDeadline(time, 'write the lease', (signal) =>
        current ? resource.update(renewed(current), { signal }) : resource.create(renewed(fresh), { signal }),
      );
    } catch (error) {
      held = undefined;
      throw error;
    }
  };

  const loop = async (): Promise<void> => {
    while (!controller.signal.aborted) {
      let delayMs = (durationSeconds * 1000) / 4;
      try {
        await renew();
        delayMs *= 1 + 0.04 * random.float();
      } catch (error) {
        logger.log('warn', 'renewing the lease of the node failed; it is tried again', { error: messageOf(error) });
        delayMs = retryMs;
      }
      await sleep(time, delayMs, controller.signal);
    }
  };

  return {
    start() {
      running ??= loop();
    },
    async stop() {
      controller.abort();
      await running;
    },
  };
}
