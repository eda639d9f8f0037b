import type { Kind } from '@trireme/api';
import type { ApiObject } from '@trireme/schema';
import type { UserInfo } from '../auth/user-info.ts';

/** One write, as admission sees it. */
export interface AdmissionRequest {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  readonly kind: Kind;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly user: UserInfo;
  /** Absent for a deletion. */
  readonly object: ApiObject | undefined;
  /** Absent for a creation. */
  readonly old: ApiObject | undefined;
  readonly dryRun: boolean;
  readonly warnings: string[];
}

/** A plugin: an object of its own folder, and a line in the list that the server is made with. */
export interface AdmissionPlugin {
  readonly name: string;
  /** Cheap and first: plugins that do not handle a request cost it nothing. */
  handles(request: AdmissionRequest): boolean;
  /** Returns the object to go on with. Throws a StatusError to refuse. */
  mutate?(request: AdmissionRequest & { readonly object: ApiObject }): Promise<ApiObject>;
  /** Throws a StatusError to refuse. */
  validate?(request: AdmissionRequest): Promise<void>;
}

/** Runs plugins in their order. */
export interface Admission {
  mutate(request: AdmissionRequest & { readonly object: ApiObject }): Promise<ApiObject>;
  validate(request: AdmissionRequest): Promise<void>;
}

export function createAdmission(plugins: readonly AdmissionPlugin[]): Admission {
  return {
    async mutate(request) {
      let object = request.object;
      for (const plugin of plugins) {
        if (!plugin.mutate) continue;
        const now = { ...request, object };
        if (plugin.handles(now)) object = await plugin.mutate(now);
      }
      return object;
    },
    async validate(request) {
      for (const plugin of plugins) {
        if (plugin.validate && plugin.handles(request)) await plugin.validate(request);
      }
    },
  };
}
