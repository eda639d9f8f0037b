import {
  dnsLabelErrors,
  type FieldPath,
  fieldErrors,
  portNameErrors,
  portNumberErrors,
  qualifiedNameErrors,
} from '@trireme/api-machinery';
import type { ServicePort, ServiceSpec } from '@trireme/schema/types/core/v1';
import { type Findings, mustBeOneOf, mustBePort, mustFit } from '../../field-rules.ts';
import { isHeadless } from './addresses.ts';

function* validatePort(port: ServicePort, needsName: boolean, names: Set<string>, path: FieldPath): Findings {
  if (port.name) {
    yield* mustFit(dnsLabelErrors, path.child('name'), port.name);
    if (names.has(port.name)) yield fieldErrors.duplicate(path.child('name'), port.name);
    names.add(port.name);
  } else if (needsName) yield fieldErrors.required(path.child('name'));
  for (const message of portNumberErrors(port.port))
    yield fieldErrors.invalid(path.child('port'), port.port ?? 0, message);
  yield* mustBeOneOf(path.child('protocol'), port.protocol, ['SCTP', 'TCP', 'UDP']);
  yield* mustBePort(path.child('targetPort'), port.targetPort, { number: portNumberErrors, name: portNameErrors });
  if (port.appProtocol) yield* mustFit(qualifiedNameErrors, path.child('appProtocol'), port.appProtocol);
}

function* validateNodePorts(spec: ServiceSpec, path: FieldPath): Findings {
  const seen = new Set<string>();
  for (const [i, { nodePort, protocol }] of (spec.ports ?? []).entries()) {
    if (!nodePort) continue;
    const field = path.index(i).child('nodePort');
    if (spec.type === 'ClusterIP') yield fieldErrors.forbidden(field, "may not be used when `type` is 'ClusterIP'");
    if (seen.has(`${protocol} ${nodePort}`)) yield fieldErrors.duplicate(field, nodePort);
    seen.add(`${protocol} ${nodePort}`);
  }
}

/** How upstream shows the pair of port and protocol that must be unique. */
function pairOf({ protocol, port }: ServicePort): object {
  return { Name: '', Protocol: protocol, AppProtocol: null, Port: port, TargetPort: 0, NodePort: 0 };
}

export function* validateServicePorts(spec: ServiceSpec, path: FieldPath): Findings {
  const ports = spec.ports ?? [];
  const portsPath = path.child('ports');
  if (ports.length === 0 && !isHeadless(spec) && spec.type !== 'ExternalName') yield fieldErrors.required(portsPath);
  const names = new Set<string>();
  const pairs = new Set<string>();
  for (const [i, port] of ports.entries()) {
    yield* validatePort(port, ports.length > 1, names, portsPath.index(i));
  }
  yield* validateNodePorts(spec, portsPath);
  for (const [i, port] of ports.entries()) {
    const pair = `${port.protocol} ${port.port}`;
    if (pairs.has(pair)) yield fieldErrors.duplicate(portsPath.index(i), pairOf(port));
    pairs.add(pair);
  }
}
