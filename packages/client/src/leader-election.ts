import { isStatus, microTimeText } from '@trireme/api-machinery';
import { messageOf } from '@trireme/base';
import { type CancelSignal, type Logger, type Random, sleep, type Time } from '@trireme/ports';
import { leases } from '@trireme/schema/resources';
import type { Lease, LeaseSpec } from '@trireme/schema/types/coordination/v1';
import type { ApiClient } from './api-client.ts';

/**
 * Elects one leader among all who run with the same Lease. Nobody's clock is trusted: a Lease counts as expired once this
 * process has seen it unchanged for the whole lease duration, on its own monotonic clock. A leader stops itself after
 * `renewDeadlineMs` without a renewal, which is before anybody else may take over.
 */
export interface LeaderElector {
  /** Campaigns, leads, and campaigns again, until `signal` aborts; then resolves once leading has ended. */
  run(signal: CancelSignal): Promise<void>;
  readonly isLeader: boolean;
  /** Who holds the Lease as far as known; '' while nobody is known to. */
  readonly leader: string;
}

export interface LeaderElectorDeps {
  readonly client: ApiClient;
  readonly time: Time;
  readonly random: Random;
  readonly logger: Logger;
}

export interface LeaderElectorOptions {
  readonly name: string;
  readonly namespace: string;
  /** Unique among the candidates. */
  readonly identity: string;
  /** Default 15 000. */
  readonly leaseDurationMs?: number;
  /** Default 10 000. */
  readonly renewDeadlineMs?: number;
  /** Default 2 000. */
  readonly retryPeriodMs?: number;
  /** Gives the Lease up when `run` is cancelled or the work ends, so that the next leader need not wait it out. Default true. */
  readonly releaseOnCancel?: boolean;
  /** Leads until `signal` aborts; the next campaign starts only after this has settled. Ending earlier gives the lead up. */
  lead(signal: CancelSignal): Promise<void>;
  onNewLeader?(identity: string): void;
}

const jitterFactor = 1.2;

export function createLeaderElector(deps: LeaderElectorDeps, options: LeaderElectorOptions): LeaderElector {
  const { time, random, logger } = deps;
  const { identity, leaseDurationMs = 15_000, renewDeadlineMs = 10_000, retryPeriodMs = 2000 } = options;
  const { releaseOnCancel = true } = options;
  if (!(leaseDurationMs > renewDeadlineMs && renewDeadlineMs > retryPeriodMs * jitterFactor)) {
    throw new RangeError('leaseDurationMs must exceed renewDeadlineMs, and that 1.2 times retryPeriodMs. Adjust them.');
  }
  const lock = createLeaseLock(deps.client, options.namespace, options.name);
  let observed: Lease | undefined;
  let observedAtMs = 0;
  let renewedAtMs = 0;
  let reported = '';
  let leading = false;

  const observe = (lease: Lease): void => {
    // Only a change of the record moves the observed time; the times written inside it are for people.
    if (observed?.metadata.resourceVersion !== lease.metadata.resourceVersion) observedAtMs = time.monotonic();
    observed = lease;
    const holder = lease.spec.holderIdentity ?? '';
    if (holder === reported) return;
    reported = holder;
    if (holder !== '') options.onNewLeader?.(holder);
  };
  const heldByOther = (lease: Lease): boolean => {
    const holder = lease.spec.holderIdentity ?? '';
    if (holder === '' || holder === identity) return false;
    const durationMs = (lease.spec.leaseDurationSeconds ?? leaseDurationMs / 1000) * 1000;
    return time.monotonic() - observedAtMs < durationMs;
  };

  const tryAcquireOrRenew = async (signal: CancelSignal | undefined): Promise<boolean> => {
    const sentMs = time.monotonic();
    try {
      const current = await lock.get(signal);
      if (!current) {
        observe(await lock.create(recordFor(identity, leaseDurationMs, time.now(), undefined), signal));
      } else {
        observe(current);
        if (heldByOther(current)) return false;
        observe(await lock.update(current, recordFor(identity, leaseDurationMs, time.now(), current), signal));
      }
      // The others count from when they see this write, which is no earlier than when it was sent.
      observedAtMs = sentMs;
      renewedAtMs = sentMs;
      return true;
    } catch (error) {
      if (!isStatus(error, 'Conflict') && !isStatus(error, 'AlreadyExists')) {
        logger.log('warn', 'the leader election lease could not be read or written', { error: messageOf(error) });
      }
      return false;
    }
  };

  const acquire = async (signal: CancelSignal): Promise<boolean> => {
    while (!signal.aborted) {
      if (await withDeadline(time, signal, renewDeadlineMs, tryAcquireOrRenew)) return !signal.aborted;
      await sleep(time, retryPeriodMs * (1 + jitterFactor * random.float()), signal);
    }
    return false;
  };

  /** Returns when a renewal has not come through for the whole deadline, or when cancelled. */
  const renewUntilLost = async (signal: CancelSignal): Promise<void> => {
    const leftMs = (): number => renewedAtMs + renewDeadlineMs - time.monotonic();
    while (!signal.aborted) {
      await sleep(time, retryPeriodMs, signal);
      for (;;) {
        if (signal.aborted) return;
        if (leftMs() <= 0) return;
        if (await withDeadline(time, signal, leftMs(), tryAcquireOrRenew)) break;
        if (observed && heldByOther(observed)) return;
        await sleep(time, Math.min(retryPeriodMs, leftMs()), signal);
      }
    }
  };

  const release = async (): Promise<void> => {
    if (!observed || observed.spec.holderIdentity !== identity) return;
    const now = microTimeText(time.now());
    const transitions = observed.spec.leaseTransitions;
    const spec = { leaseDurationSeconds: 1, renewTime: now, acquireTime: now, leaseTransitions: transitions };
    try {
      observe(await lock.update(observed, { ...spec, holderIdentity: '' }, undefined));
    } catch (error) {
      logger.log('info', 'the leader election lease was not released; it will expire', { error: messageOf(error) });
    }
  };

  const leadOneTerm = async (signal: CancelSignal): Promise<void> => {
    const term = new AbortController();
    const renewing = new AbortController();
    const stopRenewing = (): void => renewing.abort();
    signal.addEventListener('abort', stopRenewing);
    leading = true;
    logger.log('info', 'leading', { lease: options.name, identity });
    // A leader whose work has ended must not keep the others from doing it.
    const work = options
      .lead(term.signal)
      .catch((error: unknown) => logger.log('error', 'leading failed', { error: messageOf(error) }))
      .finally(stopRenewing);
    await renewUntilLost(renewing.signal);
    signal.removeEventListener('abort', stopRenewing);
    leading = false;
    term.abort();
    logger.log('info', 'no longer leading', { lease: options.name, identity });
    const gaveUp = renewing.signal.aborted;
    await work;
    if (gaveUp && releaseOnCancel) await release();
    await sleep(time, retryPeriodMs, signal);
  };

  return {
    async run(signal) {
      while (await acquire(signal)) await leadOneTerm(signal);
    },
    get isLeader() {
      return leading;
    },
    get leader() {
      return reported;
    },
  };
}

interface LeaseLock {
  get(signal: CancelSignal | undefined): Promise<Lease | undefined>;
  create(spec: LeaseSpec, signal: CancelSignal | undefined): Promise<Lease>;
  update(lease: Lease, spec: LeaseSpec, signal: CancelSignal | undefined): Promise<Lease>;
}

function createLeaseLock(client: ApiClient, namespace: string, name: string): LeaseLock {
  const resource = client.resource(leases);
  return {
    async get(signal) {
      try {
        return await resource.get({ name, namespace }, { signal });
      } catch (error) {
        if (isStatus(error, 'NotFound')) return undefined;
        throw error;
      }
    },
    create: (spec, signal) =>
      resource.create(
        { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name, namespace }, spec },
        { signal },
      ),
    update: (lease, spec, signal) => resource.update({ ...lease, spec: { ...lease.spec, ...spec } }, { signal }),
  };
}

function recordFor(identity: string, leaseDurationMs: number, nowMs: number, old: Lease | undefined): LeaseSpec {
  const mine = old?.spec.holderIdentity === identity;
  const transitions = old?.spec.leaseTransitions ?? 0;
  return {
    holderIdentity: identity,
    leaseDurationSeconds: Math.max(1, Math.round(leaseDurationMs / 1000)),
    renewTime: microTimeText(nowMs),
    acquireTime: mine ? old.spec.acquireTime : microTimeText(nowMs),
    leaseTransitions: old === undefined || mine ? transitions : transitions + 1,
  };
}

/** Runs `attempt` with a signal that aborts with `signal` or after `limitMs`; an attempt that hangs counts as failed. */
async function withDeadline(
  time: Time,
  signal: CancelSignal,
  limitMs: number,
  attempt: (signal: CancelSignal) => Promise<boolean>,
): Promise<boolean> {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  const timer = time.after(limitMs, abort);
  signal.addEventListener('abort', abort);
  const expired = new Promise<boolean>((resolve) => {
    controller.signal.addEventListener('abort', () => resolve(false));
  });
  try {
    return await Promise.race([attempt(controller.signal), expired]);
  } finally {
    timer.cancel();
    signal.removeEventListener('abort', abort);
  }
}
