import { statusErrors } from '@trireme/api-machinery';
import { pods } from '@trireme/schema/resources';
import type { Eviction } from '@trireme/schema/types/policy/v1';
import type { ServerCore } from '../../server-core.ts';
import type { Endpoint } from '../endpoint.ts';
import { questionEndpoint, successStatus } from '../virtual-endpoint.ts';
import { isDryRun, writeContextOf } from '../write-context.ts';

/** Asks a pod to go, where a disruption budget does not speak against it. */
export function evictionEndpoint(core: ServerCore): Endpoint {
  return questionEndpoint<Eviction>(core, {
    group: '',
    version: 'v1',
    resource: 'pods',
    subresource: 'eviction',
    gvk: { group: 'policy', version: 'v1', kind: 'Eviction' },
    namespaced: true,
    async answer(eviction, context) {
      const { namespace, name } = context.info;
      const kind = core.kinds.find(({ ref }) => ref.resource === 'pods' && ref.group === '');
      if (!kind) throw statusErrors.notFound(pods, name);
      const options = eviction.deleteOptions ?? {};
      const dryRun = isDryRun([...context.query.getAll('dryRun'), ...(options.dryRun ?? [])]);
      await core.registry.delete({ kind, namespace, name }, options, { ...writeContextOf(context), dryRun });
      return successStatus;
    },
  });
}
