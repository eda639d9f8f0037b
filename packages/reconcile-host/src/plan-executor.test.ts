import { StatusError, statusErrors } from '@trireme/api-machinery';
import { createEventRecorder } from '@trireme/client';
import { createFakeApi } from '@trireme/client/testing';
import type { Action, Plan } from '@trireme/controllers';
import { silentLogger } from '@trireme/ports';
import { events, pods } from '@trireme/schema/resources';
import type { Pod } from '@trireme/schema/types/core/v1';
import { createSeededRandom, createVirtualTime } from '@trireme/testkit';
import { describe, expect, it } from 'vitest';
import { createPlanExecutor } from './plan-executor.ts';

const pod = (name: string): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'ns' },
  spec: { containers: [] },
});
const create = (name: string, more: Partial<Extract<Action, { type: 'create' }>> = {}): Action => ({
  type: 'create',
  ref: pods,
  object: pod(name),
  ...more,
});
const remove = (name: string, uid?: string): Action => ({
  type: 'delete',
  ref: pods,
  target: { name, namespace: 'ns', uid },
});

function setup() {
  const time = createVirtualTime();
  const random = createSeededRandom(1);
  const api = createFakeApi({ time, random });
  const recorder = createEventRecorder({ client: api, time, random, logger: silentLogger }, { component: 'test' });
  const executor = createPlanExecutor({ client: api, recorder, logger: silentLogger, fieldManager: 'test' });
  const names = () => api.store.list(pods).map(({ metadata }) => metadata.name);
  const perform = (...actions: readonly Action[]) => executor.perform({ actions });
  const stored = async (name: string) => (await api.resource(pods).create(pod(name))) as Pod;
  return { api, recorder, executor, names, perform, stored, client: api.resource(pods) };
}

describe('plan executor', () => {
  it('performs in order, and says what was written', async () => {
    const { names, perform, stored } = setup();
    const old = await stored('old');
    const outcome = await perform(create('a'), remove('old', old.metadata.uid), create('b'));
    expect(names()).toEqual(['a', 'b']);
    expect(outcome).toMatchObject({ failures: [], conflict: false, performed: 3 });
    expect(outcome.writes).toMatchObject([
      { type: 'version', resourceVersion: 2 },
      { type: 'gone', name: 'old', uid: old.metadata.uid },
      { type: 'version', resourceVersion: 4 },
    ]);
  });

  it('drops the rest at the first refusal, and tells the plan once', async () => {
    const { api, executor, names } = setup();
    const told: string[] = [];
    api.intercept = ({ name }) => {
      if (name === 'bad') throw statusErrors.forbidden(pods, 'bad', 'exceeded quota');
    };
    const plan: Plan = {
      actions: [create('a'), remove('nobody'), create('bad'), remove('a'), create('z')],
      onFailure: (failures) => {
        told.push(...failures.map(({ message }) => message));
        return [create('bad'), create('after')];
      },
    };
    const outcome = await executor.perform(plan);
    expect(told).toEqual(['pods "bad" is forbidden: exceeded quota']);
    expect(outcome.failures).toHaveLength(1);
    expect(names()).toEqual(['a']);
  });

  it('asks one, then two, then four: a quota that refuses is not stormed', async () => {
    const { api, perform } = setup();
    let asked = 0;
    api.intercept = ({ verb }) => {
      if (verb === 'create' && ++asked > 3) throw statusErrors.forbidden(pods, '', 'exceeded quota');
    };
    await perform(...Array.from({ length: 100 }, (_, i) => create(`p${i}`)));
    expect(asked).toBe(7);
  });

  it('takes what is so already for done', async () => {
    const { api, names, perform, stored } = setup();
    await stored('a');
    const outcome = await perform(create('a', { ignoreExists: true }), remove('nobody'), create('b'));
    expect(outcome).toMatchObject({ failures: [], conflict: false });
    expect(names()).toEqual(['a', 'b']);
    api.intercept = () => {
      const { status } = statusErrors.forbidden(pods, 'c', 'being terminated');
      throw new StatusError({ ...status, details: { causes: [{ reason: 'NamespaceTerminating' }] } });
    };
    expect(await perform(create('c'))).toMatchObject({ failures: [], conflict: false });
  });

  it('calls a conflict a conflict, not a failure', async () => {
    const { client, perform, stored } = setup();
    const old = await stored('a');
    await client.patch({ name: 'a', namespace: 'ns' }, { type: 'merge', body: { metadata: { labels: { x: 'y' } } } });
    expect(await perform({ type: 'update', ref: pods, object: old })).toMatchObject({ conflict: true, failures: [] });
    expect(await perform(remove('a', 'another uid'))).toMatchObject({ conflict: true, failures: [] });
    const vanished = { ...old, metadata: { ...old.metadata, name: 'vanished' } };
    expect(await perform({ type: 'update', ref: pods, object: vanished })).toMatchObject({
      conflict: true,
      failures: [],
    });
  });

  it('goes on from the versions that its own writes left', async () => {
    const { api, perform, stored } = setup();
    const old = await stored('a');
    const { name, namespace, uid, resourceVersion } = old.metadata;
    const outcome = await perform(
      { type: 'patch', ref: pods, target: { name, namespace, uid }, patch: { metadata: { labels: { x: 'y' } } } },
      { type: 'update-status', ref: pods, object: { ...old, status: { phase: 'Running' } } as Pod },
      { type: 'delete', ref: pods, target: { name, namespace, uid, resourceVersion } },
    );
    expect(outcome).toMatchObject({ conflict: false, failures: [], performed: 3 });
    expect(api.store.list(pods)).toEqual([]);
  });

  it('acts on an absence only where the server confirms it', async () => {
    const { names, perform, stored } = setup();
    const a = await stored('a');
    const owner = await stored('owner');
    const gone = (uid: string | undefined) => ({ ref: pods, name: 'owner', namespace: 'ns', uid });
    const removeA = (uid: string | undefined): Action => ({
      type: 'delete',
      ref: pods,
      target: { name: 'a', namespace: 'ns', uid: a.metadata.uid },
      onlyIfGone: [gone(uid)],
    });
    expect(await perform(removeA(owner.metadata.uid))).toMatchObject({ conflict: true });
    expect(await perform(removeA(undefined))).toMatchObject({ conflict: true });
    expect(names()).toEqual(['a', 'owner']);
    expect(await perform(removeA('an earlier life'))).toMatchObject({ conflict: false, performed: 1 });
    expect(names()).toEqual(['owner']);
  });

  it('performs what follows from what was made, with its name', async () => {
    const { api, recorder, perform } = setup();
    const onDone = (made: { readonly metadata: { readonly name: string } }): readonly Action[] => [
      {
        type: 'event',
        regarding: pod('set'),
        eventType: 'Normal',
        reason: 'Made',
        message: `Created ${made.metadata.name}`,
      },
    ];
    const object: Pod = { ...pod(''), metadata: { name: '', generateName: 'web-', namespace: 'ns' } };
    await perform({ type: 'create', ref: pods, object, onDone });
    await recorder.flush();
    const [event] = (await api.resource(events).list()).items;
    expect(event?.message).toMatch(/^Created web-[a-z0-9]{5}$/);
  });
});
