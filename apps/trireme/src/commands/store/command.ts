import type { Command } from 'commander';
import { registerRecover } from './recover/command.ts';
import { registerServe } from './serve/command.ts';
import { registerSnapshot } from './snapshot/command.ts';

/** What can be done with a store alone, in the order in which help lists it. */
const storeCommands: readonly ((store: Command) => void)[] = [registerServe, registerSnapshot, registerRecover];

export function registerStore(program: Command): void {
  const store = program.command('store').description('the store alone: run a member of it where an etcd would run');
  for (const register of storeCommands) register(store);
}
