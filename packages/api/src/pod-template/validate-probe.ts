import { type FieldPath, fieldErrors, portNameErrors, portNumberErrors } from '@trireme/api-machinery';
import type { HTTPGetAction, Lifecycle, LifecycleHandler, Probe, SleepAction } from '@trireme/schema/types/core/v1';
import { type Findings, mustBeOneOf, mustBePort, mustBeSet, mustNotBeNegative } from '../field-rules.ts';

const portRules = { number: portNumberErrors, name: portNameErrors };
const headerNameForm = /^[-A-Za-z0-9]+$/;
const headerNameMessage =
  "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')";

function* validateHttpGet(action: HTTPGetAction, path: FieldPath): Findings {
  yield* mustBeSet(path.child('path'), action.path);
  yield* mustBePort(path.child('port'), action.port, portRules);
  yield* mustBeOneOf(path.child('scheme'), action.scheme, ['HTTP', 'HTTPS']);
  for (const header of action.httpHeaders ?? []) {
    if (!headerNameForm.test(header.name)) {
      yield fieldErrors.invalid(path.child('httpHeaders'), header.name, headerNameMessage);
    }
  }
}

function* validateSleep({ seconds }: SleepAction, graceSeconds: number | undefined, path: FieldPath): Findings {
  if (graceSeconds === undefined || (seconds >= 0 && seconds <= graceSeconds)) return;
  const message = `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`;
  yield fieldErrors.invalid(path, seconds, message);
}

/** What a probe or a lifecycle hook does: exactly one thing. */
function* validateHandler(
  handler: LifecycleHandler & Pick<Probe, 'grpc'>,
  graceSeconds: number | undefined,
  path: FieldPath,
): Findings {
  const { exec, httpGet, tcpSocket, grpc, sleep } = handler;
  const checks: readonly (readonly [string, (() => Findings) | undefined])[] = [
    ['exec', exec && (() => commandMustBeSet(exec.command, path.child('exec', 'command')))],
    ['httpGet', httpGet && (() => validateHttpGet(httpGet, path.child('httpGet')))],
    ['tcpSocket', tcpSocket && (() => mustBePort(path.child('tcpSocket', 'port'), tcpSocket.port, portRules))],
    ['grpc', grpc && (() => mustBePort(path.child('grpc', 'port'), grpc.port, portRules))],
    ['sleep', sleep && (() => validateSleep(sleep, graceSeconds, path.child('sleep')))],
  ];
  let handlers = 0;
  for (const [name, check] of checks) {
    if (!check) continue;
    if (handlers > 0) yield fieldErrors.forbidden(path.child(name), 'may not specify more than 1 handler type');
    else yield* check();
    handlers++;
  }
  if (handlers === 0) yield fieldErrors.required(path, 'must specify a handler type');
}

function* commandMustBeSet(command: readonly string[] | undefined, path: FieldPath): Findings {
  if (!command || command.length === 0) yield fieldErrors.required(path);
}

const probeNumbers = [
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
] as const;

export type ProbeUse = 'livenessProbe' | 'readinessProbe' | 'startupProbe';

export function* validateProbe(
  probe: Probe,
  use: ProbeUse,
  graceSeconds: number | undefined,
  path: FieldPath,
): Findings {
  yield* validateHandler(probe, graceSeconds, path);
  for (const name of probeNumbers) yield* mustNotBeNegative(path.child(name), probe[name]);
  const ownGrace = probe.terminationGracePeriodSeconds;
  if (ownGrace !== undefined && ownGrace <= 0) {
    yield fieldErrors.invalid(path.child('terminationGracePeriodSeconds'), ownGrace, 'must be greater than 0');
  }
  if (use === 'readinessProbe') {
    if (ownGrace !== undefined) {
      const message = 'must not be set for readinessProbes';
      yield fieldErrors.invalid(path.child('terminationGracePeriodSeconds'), ownGrace, message);
    }
  } else if (probe.successThreshold !== 1) {
    yield fieldErrors.invalid(path.child('successThreshold'), probe.successThreshold ?? 0, 'must be 1');
  }
}

export function* validateLifecycle(lifecycle: Lifecycle, graceSeconds: number | undefined, path: FieldPath): Findings {
  if (lifecycle.postStart) yield* validateHandler(lifecycle.postStart, graceSeconds, path.child('postStart'));
  if (lifecycle.preStop) yield* validateHandler(lifecycle.preStop, graceSeconds, path.child('preStop'));
}
