import type { Command } from 'commander';
import { registerAgent } from './agent/command.ts';
import { registerControllers } from './controllers/command.ts';
import { registerDaemon } from './daemon/command.ts';
import { registerDown } from './down/command.ts';
import { registerInstall } from './install/command.ts';
import { registerKubeconfig } from './kubeconfig/command.ts';
import { registerKubectl } from './kubectl/command.ts';
import { registerLogs } from './logs/command.ts';
import { registerProxy } from './proxy/command.ts';
import { registerServer } from './server/command.ts';
import { registerStatus } from './status/command.ts';
import { registerStore } from './store/command.ts';
import { registerToken } from './token/command.ts';
import { registerUp } from './up/command.ts';

/** Every subcommand, in the order in which help lists them. */
export const commands: readonly ((program: Command) => void)[] = [
  registerUp,
  registerDown,
  registerStatus,
  registerLogs,
  registerKubectl,
  registerKubeconfig,
  registerToken,
  registerServer,
  registerAgent,
  registerStore,
  registerInstall,
  registerControllers,
  registerProxy,
  registerDaemon,
];
