import type { Action, Plan } from '../controller.ts';

/** One line for each action: what it does to what. The content of objects is left to the test to look at. */
export function describePlan(plan: Plan): readonly string[] {
  return plan.actions.map(describe);
}

function describe(action: Action): string {
  switch (action.type) {
    case 'event':
      return `event ${action.eventType} ${action.reason}: ${action.message}`;
    case 'finalize-namespace':
      return `finalize-namespace ${action.object.metadata.name}`;
    case 'delete-collection':
      return `delete-collection ${action.ref.resource} ${action.namespace}`;
    case 'create':
    case 'update':
    case 'update-status': {
      const { name, generateName } = action.object.metadata;
      return `${action.type} ${action.ref.resource} ${name || `${generateName}*`}${replicas(action)}`;
    }
    case 'patch':
      return `patch ${action.ref.resource} ${action.target.name} ${JSON.stringify(action.patch)}`;
    case 'delete':
      return `delete ${action.ref.resource} ${action.target.name}`;
  }
}

function replicas(action: Extract<Action, { readonly object: unknown }>): string {
  const { spec } = action.object as { readonly spec?: { readonly replicas?: number } };
  return spec?.replicas === undefined || action.type === 'update-status' ? '' : ` replicas=${spec.replicas}`;
}
