/**
 * A container runtime in which nothing really runs: sandboxes get addresses, containers start, log, exit and can be told
 * to crash, all under the given time and randomness. It is what nodes run on in simulation and where no containerd is.
 *
 * @example
 * import { createSimulatedRuntime, exitAfter } from '@trireme/simulated-runtime';
 *
 * const runtime = createSimulatedRuntime({ time, random, options: { podCidr: '10.244.1.0/24' } });
 * runtime.registerImage('example/crashes', { program: exitAfter(500, 1) });
 * runtime.steerProbes({ pod: 'web-0' }, 'failure');
 */
export {
  type ContainerView,
  type ExecHandler,
  type ExecSession,
  exitAfter,
  type ImageBehaviour,
  type LogStream,
  logLines,
  type Program,
  type SimulatedAnswer,
  type Step,
} from './behaviour.ts';
export { execTable } from './exec.ts';
export { createSimulatedLogs, formatCriLogLine, type SimulatedLogStore, type SimulatedLogs } from './logs.ts';
export { createSimulatedRuntime, type SimulatedRuntime, type SimulatedRuntimeOptions } from './simulated-runtime.ts';
export type { ProbeOutcome, ProbeSelector, SimulatedDelays } from './world.ts';
