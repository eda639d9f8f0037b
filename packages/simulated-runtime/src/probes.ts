import type { SimulatedAnswer } from './behaviour.ts';
import { behaviourOf } from './images.ts';
import { type Container, type ProbeOutcome, type ProbeSelector, steeredOutcome, viewOf, type World } from './world.ts';

/**
 * What a client meets that connects to a pod's address: an answer, or undefined for a refused connection. A container
 * whose image says nothing about serving answers every port with 200, so that probes of plain pods succeed.
 */
export function answerOf(world: World, ip: string, port: number, path: string): SimulatedAnswer | undefined {
  for (const container of world.containers.values()) {
    if (container.state !== 'running' || (container.sandbox.ip || world.hostIp) !== ip) continue;
    const answer = answerOfContainer(world, container, port, path);
    if (answer) return answer;
  }
  return undefined;
}

export function answerOfContainer(
  world: World,
  container: Container,
  port: number,
  path: string,
): SimulatedAnswer | undefined {
  const outcome = steeredOutcome(world, container);
  if (outcome === 'success') return { status: 200, body: 'ok' };
  if (outcome === 'failure') return { status: 500, body: 'steered to fail' };
  if (outcome === 'timeout') return undefined;
  const serve = behaviourOf(world, container.config.image)?.serve;
  return serve ? serve(port, path, viewOf(world, container)) : { status: 200, body: 'ok' };
}

/** Makes probes of the selected containers end so, until told otherwise; undefined gives them back to the images. */
export function steerProbes(world: World, selector: ProbeSelector, outcome: ProbeOutcome | undefined): void {
  const same = (other: ProbeSelector): boolean =>
    other.namespace === selector.namespace && other.pod === selector.pod && other.container === selector.container;
  const at = world.steered.findIndex((entry) => same(entry.selector));
  if (at >= 0) world.steered.splice(at, 1);
  if (outcome) world.steered.unshift({ selector, outcome });
}
