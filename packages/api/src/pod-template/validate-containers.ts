import { type FieldPath, fieldErrors } from '@trireme/api-machinery';
import type { Container, EphemeralContainer, PodSpec } from '@trireme/schema/types/core/v1';
import type { Findings } from '../field-rules.ts';
import { type PodFacts, probeUses, validateAnyContainer, validateRunning } from './validate-container.ts';

/** Two containers that run at the same time cannot take the same port of the node. */
function* validateHostPorts(containers: readonly Container[], path: FieldPath): Findings {
  const taken = new Set<string>();
  for (const [i, container] of containers.entries()) {
    for (const [at, port] of (container.ports ?? []).entries()) {
      if (!port.hostPort) continue;
      const key = `${port.protocol}/${port.hostIP ?? ''}/${port.hostPort}`;
      if (taken.has(key)) yield fieldErrors.duplicate(path.index(i).child('ports').index(at).child('hostPort'), key);
      taken.add(key);
    }
  }
}

export function* validateContainers(
  containers: readonly Container[],
  facts: PodFacts,
  path: FieldPath,
  names: Set<string>,
): Findings {
  if (containers.length === 0) {
    yield fieldErrors.required(path);
    return;
  }
  for (const [i, container] of containers.entries()) {
    const item = path.index(i);
    yield* validateAnyContainer(container, facts, item);
    if (names.has(container.name)) yield fieldErrors.duplicate(item.child('name'), container.name);
    names.add(container.name);
    yield* validateRunning(container, facts.graceSeconds, item);
  }
  yield* validateHostPorts(containers, path);
}

export function* validateInitContainers(
  containers: readonly Container[],
  facts: PodFacts,
  path: FieldPath,
  names: Set<string>,
): Findings {
  for (const [i, container] of containers.entries()) {
    const item = path.index(i);
    yield* validateAnyContainer(container, facts, item);
    if (names.has(container.name)) yield fieldErrors.duplicate(item.child('name'), container.name);
    else if (container.name) names.add(container.name);
    // Init containers run one after another, so each is looked at alone.
    yield* validateHostPorts([container], path);
    if (container.restartPolicy === 'Always') yield* validateRunning(container, facts.graceSeconds, item);
    else yield* forbidRunning(container, item);
  }
}

function* forbidRunning(container: Container, path: FieldPath): Findings {
  for (const name of ['lifecycle', ...probeUses] as const) {
    if (container[name] !== undefined) {
      yield fieldErrors.forbidden(path.child(name), 'may not be set for init containers without restartPolicy=Always');
    }
  }
}

const notForEphemeral = ['lifecycle', ...probeUses, 'ports', 'resizePolicy'] as const;

/** Containers that join a running pod for a look around: no ports, no probes, no resources of their own. */
export function* validateEphemeralContainers(
  spec: PodSpec,
  facts: PodFacts,
  path: FieldPath,
  names: Set<string>,
): Findings {
  const targets = new Set([...spec.containers, ...(spec.initContainers ?? [])].map((container) => container.name));
  for (const [i, container] of (spec.ephemeralContainers ?? []).entries()) {
    const item = path.index(i);
    yield* validateAnyContainer(container, facts, item);
    if (names.has(container.name)) yield fieldErrors.duplicate(item.child('name'), container.name);
    names.add(container.name);
    yield* validateTarget(container, targets, item);
    for (const name of notForEphemeral) {
      if (container[name] !== undefined) {
        yield fieldErrors.forbidden(item.child(name), 'cannot be set for an Ephemeral Container');
      }
    }
    if (container.resources?.limits ?? container.resources?.requests) {
      yield fieldErrors.forbidden(item.child('resources'), 'cannot be set for an Ephemeral Container');
    }
  }
}

function* validateTarget(container: EphemeralContainer, targets: ReadonlySet<string>, path: FieldPath): Findings {
  const target = container.targetContainerName;
  if (target && !targets.has(target)) yield fieldErrors.notFound(path.child('targetContainerName'), target);
  for (const [i, mount] of (container.volumeMounts ?? []).entries()) {
    for (const name of ['subPath', 'subPathExpr'] as const) {
      if (mount[name]) {
        const field = path.child('volumeMounts').index(i).child(name);
        yield fieldErrors.forbidden(field, 'cannot be set for an Ephemeral Container');
      }
    }
  }
}

/** On the node's network a container's port is the node's; templates may leave it open until a pod is made. */
export function* validateHostNetwork(spec: PodSpec, isPod: boolean, path: FieldPath): Findings {
  if (!spec.hostNetwork) return;
  for (const [i, container] of spec.containers.entries()) {
    for (const [at, { hostPort = 0, containerPort }] of (container.ports ?? []).entries()) {
      if ((isPod || hostPort !== 0) && hostPort !== containerPort) {
        const field = path.child('containers').index(i).child('ports').index(at).child('hostPort');
        yield fieldErrors.invalid(field, hostPort, 'must match `containerPort` when `hostNetwork` is true');
      }
    }
  }
}
