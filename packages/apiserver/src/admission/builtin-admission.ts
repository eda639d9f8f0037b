import type { Random } from '@trireme/ports';
import type { Authorizer } from '../authz/authorizer.ts';
import type { Rbac } from '../authz/rbac.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { AdmissionPlugin } from './admission.ts';
import { defaultTolerationSeconds } from './plugins/default-toleration-seconds.ts';
import { namespaceLifecycle } from './plugins/namespace-lifecycle.ts';
import { nodeRestriction } from './plugins/node-restriction.ts';
import { priorityAdmission } from './plugins/priority.ts';
import { roleEscalation } from './plugins/role-escalation.ts';
import { serviceAccountAdmission } from './plugins/service-account.ts';

export interface BuiltinAdmissionDeps {
  readonly store: ObjectStore;
  readonly random: Random;
  readonly rbac: Rbac;
  readonly authorizer: Authorizer;
}

/** The plugins that every server runs, in their order. A new one is a file and a line here. */
export function builtinAdmission({
  store,
  random,
  rbac,
  authorizer,
}: BuiltinAdmissionDeps): readonly AdmissionPlugin[] {
  return [
    namespaceLifecycle(store),
    nodeRestriction,
    serviceAccountAdmission(store, random),
    priorityAdmission(store),
    defaultTolerationSeconds,
    roleEscalation({ rbac, authorizer }),
  ];
}
