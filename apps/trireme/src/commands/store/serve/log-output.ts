import { createWriteStream } from 'node:fs';

/** Where log lines go: 'default' and 'stderr', 'stdout', or files. */
export function logOutput(outputs: readonly string[]): (line: string) => void {
  const writers = outputs.map((output) => {
    if (output === 'stdout') return process.stdout;
    if (output === 'default' || output === 'stderr' || output.startsWith('systemd')) return process.stderr;
    return output === '/dev/null' ? undefined : createWriteStream(output, { flags: 'a', mode: 0o640 });
  });
  return (line) => {
    for (const writer of writers) writer?.write(line);
  };
}
