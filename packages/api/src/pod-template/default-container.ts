import type {
  Container,
  ContainerPort,
  EnvVar,
  HTTPGetAction,
  Lifecycle,
  LifecycleHandler,
  Probe,
  ResourceRequirements,
} from '@trireme/schema/types/core/v1';
import { chain, each, fill, fillZero, over } from '../fill.ts';
import { canonicalAmounts } from '../quantity-rules.ts';
import { pullPolicyOf } from './image-name.ts';

const defaultHttpGet = (action: HTTPGetAction): HTTPGetAction => fill(action, { path: '/', scheme: 'HTTP' });

function defaultProbe(probe: Probe): Probe {
  const filled = fillZero(probe, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
  return chain<Probe>(
    (p) => over(p, 'httpGet', defaultHttpGet),
    (p) => over(p, 'grpc', (grpc) => (grpc.service === undefined ? { ...grpc, service: '' } : grpc)),
  )(filled);
}

const defaultHandler = (handler: LifecycleHandler): LifecycleHandler => over(handler, 'httpGet', defaultHttpGet);

const defaultLifecycle = chain<Lifecycle>(
  (lifecycle) => over(lifecycle, 'postStart', defaultHandler),
  (lifecycle) => over(lifecycle, 'preStop', defaultHandler),
);

const defaultPort = (port: ContainerPort): ContainerPort => fill(port, { protocol: 'TCP' });

const defaultEnv = (env: EnvVar): EnvVar =>
  over(env, 'valueFrom', (source) => over(source, 'fieldRef', (ref) => fill(ref, { apiVersion: 'v1' })));

/** Amounts are stored in their canonical text, which is how everyone reads them back. */
export function canonicalResources(resources: ResourceRequirements): ResourceRequirements {
  return over(over(resources, 'limits', canonicalAmounts), 'requests', canonicalAmounts);
}

/** What upstream fills in any container of a pod or of a pod template. */
export const defaultContainer: (container: Container) => Container = chain<Container>(
  (c) =>
    fill(c, {
      imagePullPolicy: pullPolicyOf(c.image ?? ''),
      resources: {},
      terminationMessagePath: '/dev/termination-log',
      terminationMessagePolicy: 'File',
    }),
  (c) => over(c, 'resources', canonicalResources),
  (c) => over(c, 'ports', each(defaultPort)),
  (c) => over(c, 'env', each(defaultEnv)),
  (c) => over(c, 'livenessProbe', defaultProbe),
  (c) => over(c, 'readinessProbe', defaultProbe),
  (c) => over(c, 'startupProbe', defaultProbe),
  (c) => over(c, 'lifecycle', defaultLifecycle),
);
