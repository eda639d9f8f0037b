import { fromUtf8, hasCode, messageOf } from '@trireme/base';
import type { ProbeOutcome, Timer } from '@trireme/ports';
import type { Container, Pod, Probe } from '@trireme/schema/types/core/v1';
import { containersOf } from '../identity.ts';
import type { ObservedContainer, ObservedPod } from '../observed.ts';
import {
  firstProbeAtMs,
  hasStarted,
  initialProbeState,
  type ProbeKind,
  type ProbeState,
  type ProbeVerdict,
  type ProbeVerdicts,
  probeKinds,
  probeOf,
  probePeriodMs,
  probeTimeoutMs,
  recordOutcome,
} from '../probe-state.ts';
import { containerReference, type KubeletContext } from './kubelet-context.ts';
import { httpProbeOf, portNumber } from './probe-target.ts';

/** Runs the probes of one pod's containers, each on its own beat, and says when a verdict changes. */
export interface ProbeRunner {
  /** Starts probes of containers that run now, and stops those of containers that do not. */
  sync(pod: Pod, observed: ObservedPod, podIp: string, ending: boolean): void;
  stop(): void;
}

interface Running {
  readonly id: string;
  readonly kind: ProbeKind;
  readonly probe: Probe;
  state: ProbeState;
  timer: Timer | undefined;
  stopped: boolean;
}

interface Subject {
  pod: Pod;
  readonly container: Container;
  readonly observed: ObservedContainer;
  podIp: string;
}

const names: Readonly<Record<ProbeKind, string>> = { startup: 'Startup', liveness: 'Liveness', readiness: 'Readiness' };
const maxOutput = 10_240;

export function createProbeRunner(
  context: KubeletContext,
  verdictsOf: (containerId: string) => ProbeVerdicts | undefined,
  onVerdict: (containerId: string, kind: ProbeKind, verdict: ProbeVerdict) => void,
): ProbeRunner {
  const { time } = context.deps;
  const running = new Map<string, Running>();
  const subjects = new Map<string, Subject>();

  const halt = (key: string): void => {
    const entry = running.get(key);
    if (!entry) return;
    entry.stopped = true;
    entry.timer?.cancel();
    running.delete(key);
  };

  const plan = (entry: Running, delayMs: number): void => {
    entry.timer = time.after(delayMs, () => void run(entry));
  };

  const run = async (entry: Running): Promise<void> => {
    const subject = subjects.get(entry.id);
    if (!subject || entry.stopped) return;
    // The other probes wait until the container has started.
    const blocked = entry.kind !== 'startup' && !hasStarted(subject.container, verdictsOf(entry.id));
    if (!blocked) {
      const outcome = await runProbe(context, subject, entry.probe);
      if (entry.stopped) return;
      judge(entry, subject, outcome);
    }
    if (!entry.state.done && !entry.stopped) plan(entry, probePeriodMs(entry.probe));
  };

  const judge = (entry: Running, subject: Subject, outcome: Outcome): void => {
    const { id, kind, probe } = entry;
    if (outcome.result !== 'success') report(context, subject, kind, outcome);
    // That it could not be asked says nothing of the container: a runtime that restarts must not get pods killed.
    if (outcome.result === 'error') return;
    const before = entry.state.verdict;
    entry.state = recordOutcome(entry.state, kind, probe, outcome.result);
    const { verdict } = entry.state;
    if (verdict !== before || verdictsOf(id)?.[kind] !== verdict) onVerdict(id, kind, verdict);
  };

  const begin = (subject: Subject, kind: ProbeKind, probe: Probe): void => {
    const { id, startedAtMs } = subject.observed;
    const state = initialProbeState(kind, verdictsOf(id)?.[kind]);
    const entry: Running = { id, kind, probe, state, timer: undefined, stopped: false };
    running.set(`${id}/${kind}`, entry);
    if (state.done) return;
    plan(entry, Math.max(0, firstProbeAtMs(probe, startedAtMs) - time.now()));
  };

  return {
    sync(pod, observed, podIp, ending) {
      const alive = new Set<string>();
      for (const { container, kind: containerKind } of containersOf(pod)) {
        if (containerKind === 'init') continue;
        const own = observed.containers.find(({ name, state }) => name === container.name && state === 'running');
        if (!own) continue;
        subjects.set(own.id, { pod, container, observed: own, podIp });
        for (const kind of probeKinds) {
          const probe = probeOf(container, kind);
          // A pod that ends is still asked whether it is ready, but no longer whether it is to be killed.
          if (!probe || (ending && kind !== 'readiness')) continue;
          const key = `${own.id}/${kind}`;
          alive.add(key);
          if (!running.has(key)) begin({ pod, container, observed: own, podIp }, kind, probe);
        }
      }
      for (const key of [...running.keys()]) if (!alive.has(key)) halt(key);
      for (const id of [...subjects.keys()])
        if (![...alive].some((key) => key.startsWith(`${id}/`))) subjects.delete(id);
    },
    stop() {
      for (const key of [...running.keys()]) halt(key);
      subjects.clear();
    },
  };
}

type Outcome = ProbeOutcome | { readonly result: 'error'; readonly output: string };

function report(context: KubeletContext, { pod, container }: Subject, kind: ProbeKind, outcome: Outcome): void {
  const message = `${names[kind]} probe ${outcome.result === 'error' ? 'errored' : 'failed'}: ${outcome.output}`;
  context.recorder.event(containerReference(pod, container.name), 'Warning', 'Unhealthy', message);
}

async function runProbe(context: KubeletContext, subject: Subject, probe: Probe): Promise<Outcome> {
  const { prober } = context.deps;
  const { container, podIp } = subject;
  const timeoutMs = probeTimeoutMs(probe);
  if (probe.exec) return runExec(context, subject, probe.exec.command ?? [], timeoutMs);
  if (probe.httpGet) {
    const request = httpProbeOf(probe.httpGet, container, podIp, timeoutMs);
    if (!request) return { result: 'failure', output: `couldn't find port: ${probe.httpGet.port}` };
    return prober.http(request);
  }
  if (probe.tcpSocket) {
    const port = portNumber(probe.tcpSocket.port, container);
    if (port === undefined) return { result: 'failure', output: `couldn't find port: ${probe.tcpSocket.port}` };
    return prober.tcp({ host: probe.tcpSocket.host || podIp, port, timeoutMs });
  }
  if (probe.grpc) {
    return prober.grpc({ host: podIp, port: probe.grpc.port, service: probe.grpc.service ?? '', timeoutMs });
  }
  return { result: 'failure', output: `missing probe handler for container ${container.name}` };
}

async function runExec(
  context: KubeletContext,
  { observed, container }: Subject,
  command: readonly string[],
  timeoutMs: number,
): Promise<Outcome> {
  const seconds = Math.max(1, Math.ceil(timeoutMs / 1000));
  try {
    const result = await context.deps.runtime.execSync(observed.id, command, seconds);
    const output = `${fromUtf8(result.stdout)}${fromUtf8(result.stderr)}`.slice(0, maxOutput);
    return { result: result.exitCode === 0 ? 'success' : 'failure', output };
  } catch (error) {
    if (hasCode(error, 'timeout')) {
      return { result: 'failure', output: `command timed out: "${command.join(' ')}" timed out after ${seconds}s` };
    }
    return { result: 'error', output: `run a probe in container ${container.name}: ${messageOf(error)}` };
  }
}
