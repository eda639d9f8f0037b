import { type ChildProcess, spawn } from 'node:child_process';

/**
 * Takes away what a benchmark that was killed leaves: it waits for the end of its input, which the kernel brings about
 * however this process ends. Of a process it is told when it starts ('+pid') and when it is gone ('-pid').
 */
const script = `
trap '' INT TERM HUP
alive=' '
while read -r line; do
  pid=\${line#?}
  case $line in
    +*) alive="$alive$pid " ;;
    -*) case $alive in *" $pid "*) alive="\${alive%% $pid *} \${alive#* $pid }" ;; esac ;;
    done) exit 0 ;;
  esac
done
for pid in $alive; do kill -9 "$pid" 2>/dev/null; done
sleep 0.2
rm -rf "$1"
`;

export interface Sweeper {
  watch(child: ChildProcess): void;
  /** Nothing is left to sweep. */
  close(): void;
}

export function startSweeper(folder: string): Sweeper {
  // In a session of its own, so that what is sent to the terminal's processes does not end it too.
  const sweeper = spawn('sh', ['-c', script, 'sweeper', folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  sweeper.unref();
  const { stdin } = sweeper;
  stdin.on('error', () => undefined);
  return {
    watch(child) {
      const { pid } = child;
      if (pid === undefined) return;
      stdin.write(`+${pid}\n`);
      child.once('exit', () => stdin.write(`-${pid}\n`));
    },
    close: () => void stdin.end('done\n'),
  };
}
