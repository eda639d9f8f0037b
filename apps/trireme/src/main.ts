import { messageOf } from '@trireme/base';
import { Command, CommanderError } from 'commander';
import { commands } from './commands/registry.ts';

// The whole product as one command. Each subcommand is a line in commands/registry.ts, and loads what it needs when it runs.
const program = new Command('trireme')
  .description('A highly available Kubernetes-compatible cluster, in TypeScript from the Raft store to the kubelet.')
  .showHelpAfterError('(run with --help for usage and examples)')
  .enablePositionalOptions()
  .exitOverride();
// The bundle's functions keep their names, and its maps are larger than everything else in memory, so they are for debugging.
if (process.env.TRIREME_DEBUG) process.setSourceMapsEnabled(true);
for (const register of commands) register(program);

try {
  await program.parseAsync(process.argv);
} catch (error) {
  if (error instanceof CommanderError) process.exit(error.exitCode);
  console.error(`trireme: ${messageOf(error)}`);
  if (process.env.TRIREME_DEBUG) console.error(error);
  process.exit(1);
}
