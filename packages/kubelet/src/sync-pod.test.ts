import type { Pod } from '@trireme/schema/types/core/v1';
import { describe, expect, it } from 'vitest';
import type { PodMemory } from './memory.ts';
import type { ObservedPod } from './observed.ts';
import type { PodAction } from './pod-action.ts';
import { type SyncInput, syncPod } from './sync-pod.ts';
import {
  makeContainer,
  makeInput,
  makePod,
  nowMs,
  observation,
  observedContainer,
  readySandbox,
} from './testing/pod-fixture.ts';

/** An action in a few words, for tables. */
function words(action: PodAction): string {
  switch (action.type) {
    case 'start-container':
      return `start ${action.name} #${action.restartCount}`;
    case 'kill-container':
      return `kill ${action.kill.name} in ${action.gracePeriodSeconds}s`;
    case 'kill-pod':
      return `kill-pod ${action.stages.map((stage) => stage.map(({ name }) => name).join('+')).join(' then ')} in ${action.gracePeriodSeconds}s`;
    case 'create-sandbox':
      return `create-sandbox #${action.attempt}`;
    case 'event':
      return `event ${action.reason}`;
    case 'remove-container':
      return `remove-container ${action.containerId}`;
    default:
      return action.type;
  }
}

interface Row {
  readonly name: string;
  readonly pod?: Pod;
  readonly observed?: ObservedPod;
  readonly memory?: Partial<PodMemory>;
  readonly more?: Partial<SyncInput>;
  readonly actions: readonly string[];
  readonly phase?: string;
}

const exited = (name: string, exitCode: number, more = {}) =>
  observedContainer(name, { state: 'exited', exitCode, ...more });
const never = { restartPolicy: 'Never' } as const;
const deleted = { deletionTimestamp: '2026-01-01T00:00:30Z', deletionGracePeriodSeconds: 30 };
const sidecarPod = makePod({
  initContainers: [
    makeContainer('one', { restartPolicy: 'Always' }),
    makeContainer('two', { restartPolicy: 'Always' }),
  ],
});
const initPod = makePod({ initContainers: [makeContainer('first'), makeContainer('second')] });

const rows: readonly Row[] = [
  {
    name: 'a new pod gets its volumes first',
    memory: { volumesMounted: false },
    observed: observation([], []),
    actions: ['mount-volumes'],
    phase: 'Pending',
  },
  { name: 'then a sandbox', observed: observation([], []), actions: ['create-sandbox #0'] },
  {
    name: 'a sandbox that failed is not tried again too soon',
    observed: observation([], []),
    memory: { sandboxRetryAtMs: nowMs + 1 },
    actions: [],
  },
  {
    name: 'then its containers',
    pod: makePod({ containers: [makeContainer('a'), makeContainer('b')] }),
    actions: ['start a #0', 'start b #0'],
    phase: 'Pending',
  },
  {
    name: 'a running pod is left alone',
    observed: observation([observedContainer('app')]),
    actions: [],
    phase: 'Running',
  },
  {
    name: 'a sandbox without an address is replaced',
    observed: observation([], [{ ...readySandbox, ips: [] }]),
    actions: ['event SandboxChanged', 'stop-sandbox'],
  },
  {
    name: 'a dead sandbox is followed by the next',
    observed: observation([exited('app', 137)], [{ ...readySandbox, ready: false }]),
    actions: ['create-sandbox #1'],
  },
  {
    name: 'what runs in a dead sandbox is ended first',
    observed: observation([observedContainer('app')], [{ ...readySandbox, ready: false }]),
    actions: ['event SandboxChanged', 'kill-pod app in 30s'],
  },
  {
    name: 'a pod that never restarts gets no second sandbox',
    pod: makePod(never),
    observed: observation([exited('app', 137)], [{ ...readySandbox, ready: false }]),
    actions: ['unmount-volumes'],
    phase: 'Failed',
  },

  {
    name: 'the first crash is restarted at once',
    observed: observation([exited('app', 1)]),
    actions: ['start app #1'],
  },
  {
    name: 'the second waits',
    observed: observation([exited('app', 1, { restartCount: 1 })]),
    memory: { crashBackoff: backoffOf(10_000) },
    actions: ['event BackOff'],
    phase: 'Running',
  },
  {
    name: 'after its time it is restarted',
    observed: observation([exited('app', 1, { restartCount: 1, finishedAtMs: nowMs - 10_000 })]),
    memory: { crashBackoff: backoffOf(10_000) },
    actions: ['start app #2'],
  },
  {
    name: 'success is restarted too under Always',
    observed: observation([exited('app', 0)]),
    actions: ['start app #1'],
  },
  {
    name: 'but not under OnFailure',
    pod: makePod({ restartPolicy: 'OnFailure' }),
    observed: observation([exited('app', 0)]),
    actions: ['stop-sandbox'],
    phase: 'Succeeded',
  },
  {
    name: 'nor is failure under Never',
    pod: makePod(never),
    observed: observation([exited('app', 2)]),
    actions: ['stop-sandbox'],
    phase: 'Failed',
  },
  {
    name: 'one that still runs keeps a Never pod running',
    pod: makePod({ ...never, containers: [makeContainer('a'), makeContainer('b')] }),
    observed: observation([exited('a', 1), observedContainer('b')]),
    actions: [],
    phase: 'Running',
  },
  {
    name: 'a rule of the container wins over the policy',
    pod: makePod({
      ...never,
      containers: [
        makeContainer('app', {
          restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }],
        }),
      ],
    }),
    observed: observation([exited('app', 42)]),
    actions: ['start app #1'],
  },

  {
    name: 'a changed image replaces the container',
    pod: makePod({ containers: [makeContainer('app', { image: 'example/app:2' })] }),
    observed: observation([observedContainer('app')]),
    actions: ['kill app in 30s'],
  },
  {
    name: 'and starts the new one without waiting, whatever the policy',
    pod: makePod(never),
    observed: observation([exited('app', 137)]),
    memory: { replaced: ['app-0'] },
    actions: ['start app #1'],
  },
  {
    name: 'what failed its liveness probe is killed',
    pod: makePod({ containers: [makeContainer('app', { livenessProbe: { terminationGracePeriodSeconds: 3 } })] }),
    observed: observation([observedContainer('app')]),
    memory: { verdicts: { 'app-0': { liveness: 'failure' } } },
    actions: ['kill app in 3s'],
  },
  {
    name: 'what is not ready is not',
    pod: makePod({ containers: [makeContainer('app', { readinessProbe: {} })] }),
    observed: observation([observedContainer('app')]),
    memory: { verdicts: { 'app-0': { readiness: 'failure' } } },
    actions: [],
    phase: 'Running',
  },

  { name: 'init containers come one by one', pod: initPod, actions: ['start first #0'], phase: 'Pending' },
  {
    name: 'the next one waits for the first',
    pod: initPod,
    observed: observation([observedContainer('first')]),
    actions: [],
    phase: 'Pending',
  },
  { name: 'then the second', pod: initPod, observed: observation([exited('first', 0)]), actions: ['start second #0'] },
  {
    name: 'then the others',
    pod: initPod,
    observed: observation([exited('second', 0), exited('first', 0)]),
    actions: ['start app #0'],
  },
  {
    name: 'a failed one is tried again',
    pod: initPod,
    observed: observation([exited('first', 1)]),
    actions: ['start first #1'],
    phase: 'Pending',
  },
  {
    name: 'or ends a pod that never restarts',
    pod: makePod({ ...never, initContainers: [makeContainer('first')] }),
    observed: observation([exited('first', 1)]),
    actions: ['stop-sandbox'],
    phase: 'Failed',
  },
  {
    name: 'they do not run again beside running containers',
    pod: initPod,
    observed: observation([observedContainer('app')]),
    actions: [],
    phase: 'Running',
  },
  {
    name: 'but do in a new sandbox',
    pod: initPod,
    observed: observation(
      [exited('app', 1), exited('second', 0), exited('first', 0)],
      [{ ...readySandbox, id: 'sandbox-1', attempt: 1 }],
    ),
    actions: ['start first #1'],
  },

  { name: 'a sidecar starts before what comes after it', pod: sidecarPod, actions: ['start one #0'], phase: 'Pending' },
  {
    name: 'and runs on',
    pod: sidecarPod,
    observed: observation([observedContainer('one')]),
    actions: ['start two #0'],
  },
  {
    name: 'a sidecar that crashes is restarted beside the others',
    pod: sidecarPod,
    observed: observation([exited('one', 1), observedContainer('two'), observedContainer('app')]),
    actions: ['start one #1'],
    phase: 'Running',
  },
  {
    name: 'sidecars end last, the last one first',
    pod: { ...sidecarPod, metadata: { ...sidecarPod.metadata, ...deleted } },
    observed: observation([observedContainer('one'), observedContainer('two'), observedContainer('app')]),
    actions: ['kill-pod app then two then one in 30s'],
  },

  {
    name: 'a deleted pod is ended',
    pod: makePod({}, deleted),
    observed: observation([observedContainer('app')]),
    actions: ['kill-pod app in 30s'],
    phase: 'Running',
  },
  {
    name: 'with at least a second',
    pod: makePod({}, { ...deleted, deletionGracePeriodSeconds: 0 }),
    observed: observation([observedContainer('app')]),
    actions: ['kill-pod app in 1s'],
  },
  {
    name: 'then its sandbox',
    pod: makePod({}, deleted),
    observed: observation([exited('app', 143)]),
    actions: ['stop-sandbox'],
    phase: 'Failed',
  },
  {
    name: 'then its volumes',
    pod: makePod({}, deleted),
    observed: observation([exited('app', 0)], [{ ...readySandbox, ready: false }]),
    actions: ['unmount-volumes'],
    phase: 'Succeeded',
  },
  {
    name: 'then it leaves the API',
    pod: makePod({}, deleted),
    observed: observation([], []),
    memory: { tornDown: true },
    actions: ['delete-pod'],
  },
  {
    name: 'and the node',
    more: { gone: true },
    observed: observation([], []),
    memory: { tornDown: true },
    actions: ['remove-pod'],
  },
  {
    name: 'nothing of a deleted pod is started',
    pod: makePod({}, deleted),
    observed: observation([], []),
    actions: ['unmount-volumes'],
  },
  {
    name: 'a refused pod gets nothing',
    memory: { failure: { reason: 'OutOfcpu', message: 'no' } },
    observed: observation([], []),
    actions: ['unmount-volumes'],
    phase: 'Failed',
  },
  {
    name: 'what someone else declared failed is ended',
    pod: { ...makePod(), status: { phase: 'Failed', reason: 'Evicted' } },
    observed: observation([observedContainer('app')]),
    actions: ['kill-pod app in 30s'],
    phase: 'Failed',
  },

  {
    name: 'old instances go, two of each stay',
    observed: observation([
      observedContainer('app', { id: 'c' }),
      exited('app', 1, { id: 'b' }),
      exited('app', 1, { id: 'a' }),
    ]),
    actions: ['remove-container a'],
  },
];

function backoffOf(delayMs: number): PodMemory['crashBackoff'] {
  const key = `app/${observedContainer('app').hash}`;
  return { [key]: { delayMs, updatedAtMs: nowMs - 20_000 } };
}

describe('syncPod', () => {
  for (const row of rows) {
    it(row.name, () => {
      const observed = row.observed ?? observation();
      const plan = syncPod(makeInput(row.pod ?? makePod(), observed, row.memory, row.more));
      expect(plan.actions.map(words)).toEqual(row.actions);
      if (row.phase) expect(plan.status.phase).toBe(row.phase);
    });
  }

  it('says how long a crashed container waits, and comes back when it is over', () => {
    const observed = observation([exited('app', 1, { restartCount: 5 })]);
    const plan = syncPod(makeInput(makePod(), observed, { crashBackoff: backoffOf(80_000) }));
    expect(plan.memory.waiting.app).toMatchObject({
      reason: 'CrashLoopBackOff',
      message: 'back-off 1m20s restarting failed container=app pod=web_default(uid-1)',
    });
    expect(plan.requeueAfterMs).toBe(79_000);
    const again = syncPod(makeInput(makePod(), observed, plan.memory));
    expect(again.actions).toEqual([]);
  });

  it('fails a pod at its deadline, and wakes up for it', () => {
    const pod = { ...makePod({ activeDeadlineSeconds: 60 }), status: { startTime: '2025-12-31T23:59:30Z' } };
    const observed = observation([observedContainer('app')]);
    expect(syncPod(makeInput(pod, observed)).requeueAfterMs).toBe(30_000);
    const late = syncPod(makeInput(pod, observed, {}, { nowMs: nowMs + 30_000 }));
    expect(late.actions.map(words)).toEqual(['kill-pod app in 30s']);
    expect(late.status).toMatchObject({ phase: 'Failed', reason: 'DeadlineExceeded' });
  });

  it('counts restarts on from the API where the runtime has forgotten the container', () => {
    const status = {
      phase: 'Running' as const,
      containerStatuses: [
        { name: 'app', image: '', imageID: '', ready: true, restartCount: 6, containerID: 'containerd://x' },
      ],
    };
    expect(syncPod(makeInput({ ...makePod(), status }, observation())).actions.map(words)).toEqual(['start app #7']);
  });

  it('runs an ephemeral container once', () => {
    const pod = makePod({ ephemeralContainers: [{ name: 'debug', image: 'example/app:1' }] });
    const running = observedContainer('app');
    expect(syncPod(makeInput(pod, observation([running]))).actions.map(words)).toEqual(['start debug #0']);
    expect(syncPod(makeInput(pod, observation([exited('debug', 1), running]))).actions).toEqual([]);
  });
});
