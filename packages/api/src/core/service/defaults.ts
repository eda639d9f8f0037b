import type { Service, ServicePort, ServiceSpec } from '@trireme/schema/types/core/v1';
import { chain, each, fill, over, without } from '../../fill.ts';

const stickyForSeconds = 3 * 60 * 60;

function defaultPort(port: ServicePort): ServicePort {
  const filled = fill(port, { protocol: 'TCP' });
  const { targetPort } = filled;
  const open = targetPort === undefined || targetPort === 0 || targetPort === '';
  return open && targetPort !== port.port ? { ...filled, targetPort: port.port } : filled;
}

function defaultAffinity(spec: ServiceSpec): ServiceSpec {
  if (spec.sessionAffinity === 'None') return without(spec, 'sessionAffinityConfig');
  if (spec.sessionAffinity !== 'ClientIP') return spec;
  const config = over(fill(spec, { sessionAffinityConfig: {} }), 'sessionAffinityConfig', (c) =>
    over(fill(c, { clientIP: {} }), 'clientIP', (clientIp) => fill(clientIp, { timeoutSeconds: stickyForSeconds })),
  );
  return config;
}

/** Reached from outside the cluster, in any way. */
export function isExternallyAccessible(spec: ServiceSpec): boolean {
  if (spec.type === 'LoadBalancer' || spec.type === 'NodePort') return true;
  return spec.type === 'ClusterIP' && (spec.externalIPs?.length ?? 0) > 0;
}

function defaultTraffic(spec: ServiceSpec): ServiceSpec {
  let next = spec;
  if (isExternallyAccessible(next)) next = fill(next, { externalTrafficPolicy: 'Cluster' });
  if (next.type !== 'ExternalName') next = fill(next, { internalTrafficPolicy: 'Cluster' });
  if (next.type === 'LoadBalancer') next = fill(next, { allocateLoadBalancerNodePorts: true });
  return next;
}

const defaultSpec = chain<ServiceSpec>(
  (spec) => fill(spec, { sessionAffinity: 'None', type: 'ClusterIP' }),
  defaultAffinity,
  (spec) => over(spec, 'ports', each(defaultPort)),
  defaultTraffic,
);

function defaultIngress(service: Service): Service {
  if (service.spec.type !== 'LoadBalancer') return service;
  return over(service, 'status', (status) =>
    over(status, 'loadBalancer', (balancer) =>
      over(
        balancer,
        'ingress',
        each((ingress) => (ingress.ip ? fill(ingress, { ipMode: 'VIP' }) : ingress)),
      ),
    ),
  );
}

export const defaultService: (service: Service) => Service = chain<Service>(
  (service) => over(service, 'spec', defaultSpec),
  defaultIngress,
);
