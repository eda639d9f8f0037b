import type { Pod, Service, ServiceSpec } from '@trireme/schema/types/core/v1';
import type { EndpointSlice } from '@trireme/schema/types/discovery/v1';
import { describe, expect, it } from 'vitest';
import type { Plan } from '../controller.ts';
import { reconcileEndpoints } from '../endpoints/reconcile.ts';
import { createView, describePlan } from '../testing/index.ts';
import { reconcileEndpointSlices } from './reconcile.ts';

const service = (spec: Partial<ServiceSpec> = {}): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'ns', uid: 's-uid', labels: { team: 'a' } },
  spec: {
    selector: { app: 'web' },
    clusterIP: '10.96.0.9',
    clusterIPs: ['10.96.0.9'],
    ipFamilies: ['IPv4'],
    ports: [{ name: 'http', port: 80, targetPort: 'web' }],
    ...spec,
  },
});

interface PodSketch {
  readonly ip?: string;
  readonly ready?: boolean;
  readonly deleting?: boolean;
  readonly port?: number;
  readonly phase?: 'Running' | 'Failed';
  readonly hostname?: string;
}
const pod = (
  name: string,
  { ip, ready = true, deleting, port = 8080, phase = 'Running', hostname }: PodSketch = {},
): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    namespace: 'ns',
    uid: `uid-${name}`,
    labels: { app: 'web' },
    ...(deleting ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
  },
  spec: {
    nodeName: 'node-1',
    ...(hostname ? { hostname, subdomain: 'web' } : {}),
    containers: [{ name: 'c', ports: [{ name: 'web', containerPort: port }] }],
  },
  status: {
    phase,
    ...(ip ? { podIP: ip, podIPs: [{ ip }] } : {}),
    conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
  },
});

const plan = (...objects: readonly (Service | Pod | EndpointSlice)[]): Plan =>
  reconcileEndpointSlices('ns/web', createView(objects));
/** The slices after the plan, by what it made and changed. */
const written = (from: Plan): readonly EndpointSlice[] =>
  from.actions.flatMap((action) =>
    action.type === 'create' || action.type === 'update' ? [action.object as EndpointSlice] : [],
  );
const stored = (slices: readonly EndpointSlice[]): readonly EndpointSlice[] =>
  slices.map((slice, i) => ({ ...slice, metadata: { ...slice.metadata, name: `web-${i}`, uid: `uid-web-${i}` } }));
const states = (slices: readonly EndpointSlice[]) =>
  slices.flatMap(({ endpoints = [] }) =>
    endpoints.map(({ addresses, conditions }) => [
      addresses[0],
      [conditions?.ready && 'ready', conditions?.serving && 'serving', conditions?.terminating && 'terminating']
        .filter(Boolean)
        .join(' '),
    ]),
  );

describe('endpoint slices', () => {
  it('carry pods in their states, and who made them for whom', () => {
    const [slice, ...others] = written(
      plan(
        service(),
        pod('a', { ip: '10.0.0.1' }),
        pod('b', { ip: '10.0.0.2', ready: false }),
        pod('c', { ip: '10.0.0.3', deleting: true }),
        pod('d'),
        pod('e', { ip: '10.0.0.5', phase: 'Failed' }),
      ),
    );
    expect(others).toEqual([]);
    expect(slice).toMatchObject({
      addressType: 'IPv4',
      ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
      metadata: {
        generateName: 'web-',
        labels: {
          team: 'a',
          'kubernetes.io/service-name': 'web',
          'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        },
        ownerReferences: [{ kind: 'Service', name: 'web', uid: 's-uid', controller: true, blockOwnerDeletion: true }],
      },
    });
    expect(slice?.endpoints?.[0]).toEqual({
      addresses: ['10.0.0.1'],
      conditions: { ready: true, serving: true, terminating: false },
      nodeName: 'node-1',
      targetRef: { kind: 'Pod', namespace: 'ns', name: 'a', uid: 'uid-a' },
    });
    expect(states(slice ? [slice] : [])).toEqual([
      ['10.0.0.1', 'ready serving'],
      ['10.0.0.2', ''],
      ['10.0.0.3', 'serving terminating'],
    ]);
  });

  it('say that all is ready where the service wants them so', () => {
    const slices = written(
      plan(service({ publishNotReadyAddresses: true }), pod('b', { ip: '10.0.0.2', ready: false })),
    );
    expect(states(slices)).toEqual([['10.0.0.2', 'ready']]);
  });

  it('keep pods with other port numbers apart', () => {
    const slices = written(plan(service(), pod('a', { ip: '10.0.0.1' }), pod('b', { ip: '10.0.0.2', port: 9090 })));
    expect(slices.map(({ ports }) => ports?.[0]?.port)).toEqual([8080, 9090]);
  });

  it('say by an empty one that there are none, name hosts, and mark what is headless', () => {
    expect(written(plan(service()))).toMatchObject([{ endpoints: [] }]);
    const [slice] = written(
      plan(service({ clusterIP: 'None', ports: [] }), pod('a', { ip: '10.0.0.1', hostname: 'a-0' })),
    );
    expect(slice?.metadata.labels).toMatchObject({ 'service.kubernetes.io/headless': '' });
    expect(slice?.endpoints).toMatchObject([{ hostname: 'a-0' }]);
  });

  it('hold a hundred endpoints each, and change as little as can be', () => {
    const many = Array.from({ length: 250 }, (_, i) => pod(`p${i}`, { ip: `10.0.${i >> 8}.${i & 255}` }));
    const before = stored(written(plan(service(), ...many)));
    expect(before.map(({ endpoints }) => endpoints?.length)).toEqual([100, 100, 50]);
    expect(describePlan(plan(service(), ...many, ...before))).toEqual([]);
    const less = many.filter(({ metadata }) => metadata.name !== 'p5');
    expect(describePlan(plan(service(), ...less, ...before))).toEqual(['update endpointslices web-0']);
    const fresh = pod('fresh', { ip: '10.1.0.1' });
    expect(describePlan(plan(service(), ...many, fresh, ...before))).toEqual(['update endpointslices web-2']);
    const few = many.slice(0, 10);
    expect(describePlan(plan(service(), ...few, ...before))).toEqual([
      'update endpointslices web-0',
      'delete endpointslices web-1',
      'delete endpointslices web-2',
    ]);
  });

  it.each([
    ['without a selector', service({ selector: undefined })],
    ['that is a name elsewhere', service({ type: 'ExternalName' })],
  ])('are not written for a service %s', (_, object) => {
    expect(describePlan(plan(object, pod('a', { ip: '10.0.0.1' })))).toEqual([]);
    expect(describePlan(reconcileEndpoints('ns/web', createView([object])))).toEqual([]);
  });
});

describe('endpoints', () => {
  it('have ready and other addresses in subsets of equal ports, and are left when they are right', () => {
    const objects = [
      service(),
      pod('b', { ip: '10.0.0.2' }),
      pod('a', { ip: '10.0.0.1' }),
      pod('c', { ip: '10.0.0.3', ready: false }),
      pod('d', { ip: '10.0.0.4', deleting: true }),
    ];
    const [action] = reconcileEndpoints('ns/web', createView(objects)).actions;
    if (action?.type !== 'create') throw new Error('nothing was made');
    expect(action.object).toMatchObject({
      metadata: { name: 'web', labels: { team: 'a', 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' } },
      subsets: [
        {
          addresses: [{ ip: '10.0.0.1' }, { ip: '10.0.0.2', nodeName: 'node-1', targetRef: { name: 'b' } }],
          notReadyAddresses: [{ ip: '10.0.0.3' }],
          ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
        },
      ],
    });
    expect(describePlan(reconcileEndpoints('ns/web', createView([...objects, action.object])))).toEqual([]);
    expect(describePlan(reconcileEndpoints('ns/web', createView([action.object])))).toEqual(['delete endpoints web']);
  });
});
