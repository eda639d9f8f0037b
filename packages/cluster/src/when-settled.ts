import type { ApiClient } from '@trireme/client';
import { nodes, serviceaccounts } from '@trireme/schema/resources';

/** True once a pod could be created and would start: every node takes pods, and the default account is there. */
export async function whenSettled(client: ApiClient, nodeCount: number): Promise<boolean> {
  const { items } = await client.resource(nodes).list();
  const open = items.filter(
    ({ spec, status }) =>
      status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') &&
      !spec?.taints?.some(({ effect }) => effect !== 'PreferNoSchedule'),
  );
  if (open.length < nodeCount) return false;
  await client.resource(serviceaccounts).get({ namespace: 'default', name: 'default' });
  return true;
}
