import type { Command } from 'commander';

/**
 * Everything after `serve` is read by the flag table, not by commander: the flags are etcd's, with etcd's ways of writing
 * them.
 */
export function registerServe(store: Command): void {
  store
    .command('serve')
    .description("run a member of a store, with etcd's flags and environment: it serves etcd's v3 API")
    .argument('[flags...]')
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (flags: readonly string[]) => {
      const { serve } = await import('./run-serve.ts');
      await serve(flags, process.env);
    });
}
