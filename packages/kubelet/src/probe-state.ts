import type { Container, PodStatus, Probe } from '@trireme/schema/types/core/v1';

export type ProbeKind = 'startup' | 'liveness' | 'readiness';
export type ProbeVerdict = 'success' | 'failure' | 'unknown';

/** What a container's probes say now. A probe that has no verdict yet, or does not exist, is absent. */
export interface ProbeVerdicts {
  readonly startup?: ProbeVerdict;
  readonly liveness?: ProbeVerdict;
  readonly readiness?: ProbeVerdict;
}

export const probeKinds: readonly ProbeKind[] = ['startup', 'liveness', 'readiness'];

export function probeOf(container: Container, kind: ProbeKind): Probe | undefined {
  if (kind === 'startup') return container.startupProbe;
  return kind === 'liveness' ? container.livenessProbe : container.readinessProbe;
}

/** One probe of one container instance. It ends (`done`) where nothing that it could find would change anything. */
export interface ProbeState {
  readonly verdict: ProbeVerdict;
  /** Equal outcomes in a row. */
  readonly streak: { readonly result: 'success' | 'failure'; readonly length: number } | undefined;
  readonly done: boolean;
}

/**
 * Alive until shown dead, not ready until shown ready, not started until shown started. A verdict that was reached before
 * (by a kubelet that is no more) holds until probes say otherwise.
 */
export function initialProbeState(kind: ProbeKind, known?: ProbeVerdict): ProbeState {
  const verdict = kind === 'liveness' ? 'success' : kind === 'readiness' ? 'failure' : 'unknown';
  return { verdict: known ?? verdict, streak: undefined, done: kind === 'startup' && known === 'success' };
}

/** What the API says that probes had found, by container id: a kubelet's restart must not make a ready pod unready. */
export function reportedVerdicts(status: PodStatus | undefined): Readonly<Record<string, ProbeVerdicts>> {
  const verdicts: Record<string, ProbeVerdicts> = {};
  for (const container of [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])]) {
    const id = container.containerID?.split('://')[1];
    if (!id || !container.state?.running) continue;
    verdicts[id] = {
      ...(container.started ? { startup: 'success' } : {}),
      ...(container.ready ? { readiness: 'success' } : {}),
    };
  }
  return verdicts;
}

/** A verdict changes once as many equal outcomes came in a row as its threshold says. */
export function recordOutcome(
  state: ProbeState,
  kind: ProbeKind,
  probe: Probe,
  result: 'success' | 'failure',
): ProbeState {
  const length = state.streak?.result === result ? state.streak.length + 1 : 1;
  const streak = { result, length };
  const threshold = result === 'success' ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3);
  if (length < threshold) return { ...state, streak };
  // A container that failed its liveness or startup probe is killed; one that started needs no more startup probes.
  const done = kind === 'startup' || (kind === 'liveness' && result === 'failure');
  return { verdict: result, streak, done };
}

/** The first run of a probe, counted from the container's start. */
export function firstProbeAtMs(probe: Probe, startedAtMs: number): number {
  return startedAtMs + (probe.initialDelaySeconds ?? 0) * 1000;
}

export const probePeriodMs = (probe: Probe): number => (probe.periodSeconds ?? 10) * 1000;
export const probeTimeoutMs = (probe: Probe): number => (probe.timeoutSeconds ?? 1) * 1000;

/** Whether the container counts as started: it runs, and its startup probe, if any, has succeeded. */
export function hasStarted(container: Container, verdicts: ProbeVerdicts | undefined): boolean {
  return !container.startupProbe || verdicts?.startup === 'success';
}

export function isReady(container: Container, verdicts: ProbeVerdicts | undefined): boolean {
  return hasStarted(container, verdicts) && (!container.readinessProbe || verdicts?.readiness === 'success');
}
