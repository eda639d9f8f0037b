import type { ContainerKind } from './identity.ts';

/** What is to be done for a pod, in order. Each may be repeated safely: the next plan starts from what is then observed. */
export type PodAction =
  | { readonly type: 'mount-volumes' }
  | { readonly type: 'create-sandbox'; readonly attempt: number }
  | { readonly type: 'stop-sandbox'; readonly sandboxId: string }
  | { readonly type: 'remove-sandbox'; readonly sandboxId: string }
  | {
      readonly type: 'start-container';
      readonly name: string;
      readonly kind: ContainerKind;
      readonly sandboxId: string;
      readonly podIps: readonly string[];
      readonly restartCount: number;
    }
  | { readonly type: 'kill-container'; readonly kill: ContainerKill; readonly gracePeriodSeconds: number }
  /** Stages run one after the other, the containers of one together; the grace period is for all of it. */
  | {
      readonly type: 'kill-pod';
      readonly stages: readonly (readonly ContainerKill[])[];
      readonly gracePeriodSeconds: number;
    }
  | { readonly type: 'remove-container'; readonly containerId: string }
  | { readonly type: 'unmount-volumes' }
  /** The API object, by DELETE without grace, once its last status is written. */
  | { readonly type: 'delete-pod' }
  /** Everything that is left of the pod on the node. */
  | { readonly type: 'remove-pod' }
  | {
      readonly type: 'event';
      readonly eventType: 'Normal' | 'Warning';
      readonly reason: string;
      readonly message: string;
      /** The container it is about, where it is about one. */
      readonly container?: string;
    };

export interface ContainerKill {
  readonly containerId: string;
  readonly name: string;
  /** For the event 'Killing'. */
  readonly message: string;
}

export type StartContainer = Extract<PodAction, { readonly type: 'start-container' }>;
