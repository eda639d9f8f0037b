import { isStatus } from '@trireme/api-machinery';
import type { ApiClient } from '@trireme/client';
import { type Logger, sleep, type Time } from '@trireme/ports';
import { nodes } from '@trireme/schema/resources';

const pollMs = 200;

/** The range of this node's pods: as its Node says, which is made here if need be so that a controller can give it one. */
export async function podRangeOf(
  deps: { readonly client: ApiClient; readonly time: Time; readonly logger: Logger },
  nodeName: string,
): Promise<string> {
  const resource = deps.client.resource(nodes);
  let told = false;
  for (;;) {
    try {
      const node = await resource.get({ name: nodeName });
      if (node.spec?.podCIDR) return node.spec.podCIDR;
    } catch (error) {
      if (!isStatus(error, 'NotFound')) deps.logger.log('warn', 'cannot read the node yet', { error });
      else
        await resource.create({ apiVersion: 'v1', kind: 'Node', metadata: { name: nodeName } }).catch(() => undefined);
    }
    if (!told) deps.logger.log('info', 'waiting for a range of pod addresses', { node: nodeName });
    told = true;
    await sleep(deps.time, pollMs);
  }
}
