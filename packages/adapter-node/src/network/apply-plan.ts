import { rm } from 'node:fs/promises';
import { CodedError } from '@trireme/base';
import { mountPoints } from '../mounts.ts';
import { runCommand } from '../run-command.ts';
import type { NetworkStep } from './plan.ts';

/** Does the steps in order. Safe to repeat, and after a crash in the middle; stops at the first that fails. */
export async function applyNetworkPlan(steps: readonly NetworkStep[]): Promise<void> {
  for (const step of steps) await applyStep(step);
}

/** Does all of the steps whatever fails on the way, and throws at the end what failed. */
export async function undoNetworkPlan(steps: readonly NetworkStep[]): Promise<void> {
  const failures: unknown[] = [];
  for (const step of steps) await applyStep(step).catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw new AggregateError(failures, 'take the network of the nodes down');
}

async function applyStep(step: NetworkStep): Promise<void> {
  switch (step.do) {
    case 'netns-add':
      return addNetns(step.netns);
    case 'netns-delete':
      return deleteNetns(step.netns);
    case 'ip': {
      const args = step.netns === undefined ? step.args : ['-netns', step.netns, ...step.args];
      return run('ip', args, step.tolerates);
    }
    case 'sysctl':
      return setSysctl(step);
    case 'nft':
      return run('nft', ['-f', '-'], step.tolerates, step.script);
  }
}

async function run(command: string, args: readonly string[], tolerates?: string, stdin?: string): Promise<void> {
  const { code, stderr } = await runCommand(command, args, { stdin });
  if (code === 0 || (tolerates !== undefined && stderr.includes(tolerates))) return;
  throw new CodedError('network-step-failed', `run '${command} ${args.join(' ')}': ${stderr.trim() || `code ${code}`}`);
}

async function setSysctl(step: Extract<NetworkStep, { do: 'sysctl' }>): Promise<void> {
  const write = ['sh', '-c', `echo ${step.value} > /proc/sys/${step.key}`] as const;
  // /proc/sys/net shows the namespace of whoever opens it.
  const enter = step.netns === undefined ? [] : ['nsenter', `--net=/var/run/netns/${step.netns}`];
  const [command = 'sh', ...args] = [...enter, ...write];
  const { code, stderr } = await runCommand(command, args);
  if (code === 0 || step.optional) return;
  throw new CodedError('network-step-failed', `set ${step.key} to ${step.value}: ${stderr.trim()}`);
}

async function addNetns(netns: string): Promise<void> {
  const path = `/var/run/netns/${netns}`;
  const mounted = await isMounted(path);
  if (mounted) return;
  // A file without its mount is what a crash between the two leaves; `ip netns add` would refuse it for ever.
  await rm(path, { force: true });
  await run('ip', ['netns', 'add', netns]);
}

async function deleteNetns(netns: string): Promise<void> {
  await run('ip', ['netns', 'delete', netns], 'No such file');
}

async function isMounted(path: string): Promise<boolean> {
  const points = await mountPoints();
  return points.some((point) => point === path || point === path.replace('/var/run/', '/run/'));
}
