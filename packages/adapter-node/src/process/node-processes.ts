import type { NodePaths } from '../node-paths.ts';
import type { ProcessInfo } from './processes.ts';

/**
 * The processes of a node by what only its own can have on their command line: its configuration's path and its socket.
 * Names alone would also find the host's own containerd, and that of other nodes.
 */
export function containerdOf(all: readonly ProcessInfo[], paths: NodePaths): readonly ProcessInfo[] {
  return all.filter(({ argv }) => isNamed(argv, 'containerd') && follows(argv, '--config', paths.containerdConfig));
}

/** Shims outlive their containerd; that is how containers survive its restart. */
export function shimsOf(all: readonly ProcessInfo[], paths: NodePaths): readonly ProcessInfo[] {
  return all.filter(({ argv }) => isNamed(argv, 'containerd-shim-runc-v2') && follows(argv, '-address', paths.socket));
}

function isNamed(argv: readonly string[], name: string): boolean {
  const [program = ''] = argv;
  return program.slice(program.lastIndexOf('/') + 1) === name;
}

function follows(argv: readonly string[], flag: string, value: string): boolean {
  const at = argv.indexOf(flag);
  return at >= 0 && argv[at + 1] === value;
}
