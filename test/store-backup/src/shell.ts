import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** One shell for all steps, as a reader has one: what a step defines the next ones see. */
export interface Shell {
  run(commands: string): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>;
  end(): void;
}

export function startShell(directory: string): Shell {
  const child: ChildProcess = spawn('bash', ['--norc'], {
    cwd: directory,
    env: { ...process.env, HOME: directory, TRIREME_HOME: join(directory, '.trireme') },
    stdio: ['pipe', 'pipe', 'pipe'],
    // A group of its own, so that what the guide leaves running ends with it.
    detached: true,
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return {
    async run(commands) {
      stdout = '';
      stderr = '';
      const end = /\n?--end (\d+)--\n$/;
      // Each line has to succeed, not only the last one.
      const script = join(directory, 'step.sh');
      writeFileSync(script, `${commands}\n`);
      // What is run must not read the lines that follow it.
      child.stdin?.write(
        `failed=0; trap 'failed=$?' ERR; . '${script}' </dev/null; trap - ERR; printf '\\n--end %s--\\n' $failed\n`,
      );
      for (;;) {
        const match = end.exec(stdout);
        if (match) return { code: Number(match[1]), stdout: stdout.slice(0, match.index), stderr };
        if (child.exitCode !== null || child.signalCode !== null)
          throw new Error(`the shell is gone: ${stdout}${stderr}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    end() {
      try {
        if (child.pid) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // The group is gone already.
      }
    },
  };
}
