import { describe, expect, it } from 'vitest';
import { syncPod } from './sync-pod.ts';
import { makeContainer, makeInput, makePod, nowMs, observation, observedContainer } from './testing/pod-fixture.ts';

const condition = (status: ReturnType<typeof syncPod>['status'], type: string) =>
  status.conditions?.find((entry) => entry.type === type);

describe('podStatus', () => {
  it('shows a running container and where it came from', () => {
    const earlier = observedContainer('app', {
      id: 'old',
      state: 'exited',
      exitCode: 137,
      reason: 'OOMKilled',
      message: 'bye',
    });
    const now = observedContainer('app', { id: 'new', restartCount: 1 });
    const { status } = syncPod(makeInput(makePod(), observation([now, earlier])));
    expect(status.containerStatuses?.[0]).toEqual({
      name: 'app',
      state: { running: { startedAt: '2025-12-31T23:59:00Z' } },
      lastState: {
        terminated: {
          exitCode: 137,
          reason: 'OOMKilled',
          message: 'bye',
          startedAt: '2025-12-31T23:59:00Z',
          finishedAt: '2025-12-31T23:59:59Z',
          containerID: 'containerd://old',
        },
      },
      ready: true,
      started: true,
      restartCount: 1,
      image: 'example/app:1',
      imageID: 'sha256:1',
      containerID: 'containerd://new',
    });
    expect(status).toMatchObject({ podIP: '10.244.0.5', hostIP: '192.0.2.10', qosClass: 'BestEffort' });
  });

  it('is not ready before its startup and readiness probes say so', () => {
    const pod = makePod({ containers: [makeContainer('app', { startupProbe: {}, readinessProbe: {} })] });
    const observed = observation([observedContainer('app')]);
    const at = (verdicts: object) =>
      syncPod(makeInput(pod, observed, { verdicts: { 'app-0': verdicts } })).status.containerStatuses?.[0];
    expect(at({})).toMatchObject({ started: false, ready: false });
    expect(at({ readiness: 'success' })).toMatchObject({ started: false, ready: false });
    expect(at({ startup: 'success' })).toMatchObject({ started: true, ready: false });
    expect(at({ startup: 'success', readiness: 'success' })).toMatchObject({ started: true, ready: true });
  });

  it('keeps the time of a condition until it changes', () => {
    const pod = makePod();
    const before = syncPod(makeInput(pod, observation([observedContainer('app')])));
    const later = { nowMs: nowMs + 60_000 };
    const same = syncPod(makeInput(pod, observation([observedContainer('app')]), before.memory, later));
    expect(same.status).toEqual(before.status);
    const crashed = observation([observedContainer('app', { state: 'exited', exitCode: 1 })]);
    const changed = syncPod(makeInput(pod, crashed, before.memory, later));
    expect(condition(changed.status, 'Ready')).toMatchObject({
      status: 'False',
      lastTransitionTime: '2026-01-01T00:01:00Z',
    });
    expect(condition(changed.status, 'PodScheduled')).toEqual(condition(before.status, 'PodScheduled'));
  });

  it('asks the readiness gates too', () => {
    const gates = { readinessGates: [{ conditionType: 'a' }, { conditionType: 'b' }] };
    const pod = { ...makePod(gates), status: { conditions: [{ type: 'b', status: 'False' }] } };
    const { status } = syncPod(makeInput(pod, observation([observedContainer('app')])));
    expect(condition(status, 'ContainersReady')?.status).toBe('True');
    expect(condition(status, 'Ready')).toMatchObject({
      status: 'False',
      reason: 'ReadinessGatesNotReady',
      message:
        'corresponding condition of pod readiness gate "a" does not exist., the status of pod readiness gate "b" is not "True", but False',
    });
    expect(condition(status, 'b')).toEqual({ type: 'b', status: 'False' });
  });

  it('says of a pod that has ended how it ended', () => {
    const pod = makePod({ restartPolicy: 'Never' });
    const done = syncPod(makeInput(pod, observation([observedContainer('app', { state: 'exited' })])));
    expect(done.status.phase).toBe('Succeeded');
    expect(condition(done.status, 'Initialized')).toMatchObject({ status: 'True', reason: 'PodCompleted' });
    expect(condition(done.status, 'Ready')).toMatchObject({ status: 'False', reason: 'PodCompleted' });
  });

  it('admits that it lost a container', () => {
    const pod = makePod({ restartPolicy: 'Never' });
    const running = syncPod(makeInput(pod, observation([observedContainer('app')])));
    const gone = makeInput(pod, observation([]), running.memory);
    expect(syncPod(gone).status.containerStatuses?.[0]?.state).toEqual({
      terminated: {
        exitCode: 137,
        reason: 'ContainerStatusUnknown',
        message: 'The container could not be located when the pod was terminated',
      },
    });
  });

  it('sorts containers by name, and leaves init containers in their order', () => {
    const pod = makePod({
      containers: [makeContainer('b'), makeContainer('a')],
      initContainers: [makeContainer('z'), makeContainer('y')],
    });
    const { status } = syncPod(makeInput(pod, observation([])));
    expect(status.containerStatuses?.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(status.initContainerStatuses?.map(({ name }) => name)).toEqual(['z', 'y']);
    expect(status.containerStatuses?.[0]?.state).toEqual({ waiting: { reason: 'PodInitializing' } });
  });
});
