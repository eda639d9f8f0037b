import type { Service } from '@trireme/schema/types/core/v1';

/**
 * The variables by which a container finds services without DNS: `WEB_SERVICE_HOST`, `WEB_SERVICE_PORT` and the
 * link-style ones. The API's own service is seen from every namespace, the others from theirs, where links are enabled.
 */
export function serviceEnvironment(
  services: readonly Service[],
  namespace: string,
  enableServiceLinks: boolean,
): ReadonlyMap<string, string> {
  const visible = new Map<string, Service>();
  for (const service of services) {
    if (!hasClusterIp(service)) continue;
    const { name } = service.metadata;
    const isApi = service.metadata.namespace === 'default' && name === 'kubernetes';
    // A service of the pod's own namespace hides the API's of the same name only where links are enabled.
    if (isApi && !visible.has(name)) visible.set(name, service);
    else if (enableServiceLinks && service.metadata.namespace === namespace) visible.set(name, service);
  }
  const variables = new Map<string, string>();
  for (const service of visible.values()) addService(variables, service);
  return variables;
}

function hasClusterIp(service: Service): boolean {
  const ip = service.spec?.clusterIP;
  return ip !== undefined && ip !== '' && ip !== 'None';
}

const variableName = (text: string): string => text.toUpperCase().replaceAll('-', '_');

function addService(variables: Map<string, string>, service: Service): void {
  const { clusterIP = '', ports = [] } = service.spec ?? {};
  const prefix = variableName(service.metadata.name);
  variables.set(`${prefix}_SERVICE_HOST`, clusterIP);
  const [first] = ports;
  if (!first) return;
  variables.set(`${prefix}_SERVICE_PORT`, String(first.port));
  for (const { name, port } of ports) {
    if (name) variables.set(`${prefix}_SERVICE_PORT_${variableName(name)}`, String(port));
  }
  const address = clusterIP.includes(':') ? `[${clusterIP}]` : clusterIP;
  for (const [index, { port, protocol = 'TCP' }] of ports.entries()) {
    const url = `${protocol.toLowerCase()}://${address}:${port}`;
    const link = `${prefix}_PORT_${port}_${protocol}`;
    if (index === 0) variables.set(`${prefix}_PORT`, url);
    variables.set(link, url);
    variables.set(`${link}_PROTO`, protocol.toLowerCase());
    variables.set(`${link}_PORT`, String(port));
    variables.set(`${link}_ADDR`, clusterIP);
  }
}
