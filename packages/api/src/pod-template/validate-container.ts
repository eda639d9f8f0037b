import { dnsLabelErrors, type FieldPath, fieldErrors, portNameErrors, portNumberErrors } from '@trireme/api-machinery';
import type { Container, ContainerPort, Volume } from '@trireme/schema/types/core/v1';
import { type Findings, mustBeOneOf, mustBeOneOfIfSet, mustBeSet, mustBeSetAndFit } from '../field-rules.ts';
import { validateEnv, validateEnvFrom } from './validate-env.ts';
import { validateDevices, validateMounts } from './validate-mounts.ts';
import { type ProbeUse, validateLifecycle, validateProbe } from './validate-probe.ts';
import { validateResources } from './validate-resources.ts';
import { validateSecurityContext } from './validate-security.ts';

/** What the rules on a container need to know of its pod. */
export interface PodFacts {
  readonly volumes: ReadonlyMap<string, Volume>;
  readonly claimNames: ReadonlySet<string>;
  readonly graceSeconds: number | undefined;
  readonly restartPolicy: string | undefined;
  /** True in a pod itself, false in a template. */
  readonly isPod: boolean;
}

function* validatePorts(ports: readonly ContainerPort[], path: FieldPath): Findings {
  const names = new Set<string>();
  for (const [i, port] of ports.entries()) {
    const item = path.index(i);
    if (port.name) {
      const messages = portNameErrors(port.name);
      for (const message of messages) yield fieldErrors.invalid(item.child('name'), port.name, message);
      if (messages.length === 0 && names.has(port.name)) yield fieldErrors.duplicate(item.child('name'), port.name);
      if (messages.length === 0) names.add(port.name);
    }
    if (!port.containerPort) yield fieldErrors.required(item.child('containerPort'));
    else {
      for (const message of portNumberErrors(port.containerPort)) {
        yield fieldErrors.invalid(item.child('containerPort'), port.containerPort, message);
      }
    }
    if (port.hostPort) {
      for (const message of portNumberErrors(port.hostPort)) {
        yield fieldErrors.invalid(item.child('hostPort'), port.hostPort, message);
      }
    }
    yield* mustBeOneOf(item.child('protocol'), port.protocol, ['SCTP', 'TCP', 'UDP']);
  }
}

function* validateImage(image: string | undefined, isPod: boolean, path: FieldPath): Findings {
  yield* mustBeSet(path, image);
  if (isPod && image !== undefined && image.length !== image.trim().length) {
    yield fieldErrors.invalid(path, image, 'must not have leading or trailing whitespace');
  }
}

/** How a container takes to new amounts of its resources. Findings are on the list as a whole, as upstream's are. */
function* validateResizePolicy(container: Container, facts: PodFacts, path: FieldPath): Findings {
  const names = new Set<string>();
  for (const [i, { resourceName, restartPolicy }] of (container.resizePolicy ?? []).entries()) {
    if (names.has(resourceName)) yield fieldErrors.duplicate(path.index(i), resourceName);
    names.add(resourceName);
    yield* mustBeOneOf(path, resourceName, ['cpu', 'memory']);
    yield* mustBeOneOf(path, restartPolicy, ['NotRequired', 'RestartContainer']);
    if (facts.restartPolicy === 'Never' && restartPolicy !== 'NotRequired') {
      yield fieldErrors.invalid(path, restartPolicy, "must be 'NotRequired' when `restartPolicy` is 'Never'");
    }
  }
}

/** The rules that every container keeps, whatever its part in the pod. */
export function* validateAnyContainer(container: Container, facts: PodFacts, path: FieldPath): Findings {
  yield* mustBeSetAndFit(dnsLabelErrors, path.child('name'), container.name);
  yield* validateImage(container.image, facts.isPod, path.child('image'));
  yield* mustBeOneOf(path.child('terminationMessagePolicy'), container.terminationMessagePolicy, [
    'FallbackToLogsOnError',
    'File',
  ]);
  yield* validatePorts(container.ports ?? [], path.child('ports'));
  yield* validateEnv(container.env ?? [], path.child('env'));
  yield* validateEnvFrom(container.envFrom ?? [], path.child('envFrom'));
  yield* validateMounts(container, facts.volumes, path.child('volumeMounts'));
  yield* validateDevices(container, facts.volumes, path.child('volumeDevices'));
  yield* mustBeOneOf(path.child('imagePullPolicy'), container.imagePullPolicy, ['Always', 'IfNotPresent', 'Never']);
  yield* validateResources(container.resources ?? {}, facts.claimNames, path.child('resources'));
  yield* validateResizePolicy(container, facts, path.child('resizePolicy'));
  yield* mustBeOneOfIfSet(path.child('restartPolicy'), container.restartPolicy, ['Always', 'Never', 'OnFailure']);
  if (container.securityContext) {
    yield* validateSecurityContext(container.securityContext, path.child('securityContext'));
  }
}

export const probeUses: readonly ProbeUse[] = ['livenessProbe', 'readinessProbe', 'startupProbe'];

/** Hooks and probes: for containers that run as long as the pod does. */
export function* validateRunning(container: Container, graceSeconds: number | undefined, path: FieldPath): Findings {
  if (container.lifecycle) yield* validateLifecycle(container.lifecycle, graceSeconds, path.child('lifecycle'));
  for (const use of probeUses) {
    const probe = container[use];
    if (probe) yield* validateProbe(probe, use, graceSeconds, path.child(use));
  }
}
