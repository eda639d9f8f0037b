import { once } from 'node:events';
import { beforeAll, describe, expect, it } from 'vitest';
import { applyHello, eventually, kubectl, mustKubectl, run, startKubectl } from './run.ts';

describe.skipIf(process.env.E2E_SKIP)('streams', () => {
  beforeAll(async () => {
    await applyHello();
    const talk = 'i=0; while true; do echo line $i; i=$((i+1)); sleep 0.2; done';
    await mustKubectl(['run', 'talker', '--image=busybox:1.36', '--', 'sh', '-c', talk]);
    await mustKubectl(['wait', 'pod/talker', '--for=condition=Ready', '--timeout=60s'], { timeoutMs: 70_000 });
  });

  it('logs -f goes on', async () => {
    const follow = startKubectl(['logs', '-f', 'talker']);
    let text = '';
    follow.stdout?.on('data', (chunk) => {
      text += chunk;
    });
    await eventually('ten lines', 20_000, async () => (text.split('\n').length > 10 ? true : undefined));
    follow.kill('SIGINT');
    await once(follow, 'exit');
    expect(text).toMatch(/^line 0\nline 1\nline 2\n/);
  });

  it('logs --tail, --timestamps and --since', async () => {
    const lines = (await mustKubectl(['logs', 'talker', '--tail=2', '--timestamps'])).trim().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z line \d+$/);
  });

  it('exec gives output, errors and the exit code', async () => {
    const done = await kubectl(['exec', 'talker', '--', 'sh', '-c', 'echo out; echo err >&2; exit 7']);
    expect(done).toMatchObject({ code: 7, stdout: 'out\n' });
    expect(done.stderr).toContain('err\n');
  });

  it('exec -i passes input', async () => {
    const done = await kubectl(['exec', '-i', 'talker', '--', 'sh'], { input: 'echo $((6*7))\n' });
    expect(done).toMatchObject({ code: 0, stdout: '42\n' });
  });

  it('exec -it has a terminal', async () => {
    // script(1) gives kubectl a terminal, as a person's shell does.
    const command = `${process.env.E2E_KUBECTL} exec -it talker -- sh -c 'test -t 0 && echo a terminal'`;
    const done = await run('script', ['-qec', command, '/dev/null'], {
      env: { KUBECONFIG: process.env.E2E_KUBECONFIG ?? '' },
    });
    expect(done.stdout).toContain('a terminal');
    expect(done.code).toBe(0);
  });

  it('port-forward carries HTTP', async () => {
    const forward = startKubectl(['port-forward', 'deployment/hello', ':8080', '--address', '127.0.0.1']);
    let printed = '';
    forward.stdout?.on('data', (text) => {
      printed += text;
    });
    try {
      const port = await eventually('port-forward', 20_000, async () => /127\.0\.0\.1:(\d+)/.exec(printed)?.[1]);
      for (let i = 0; i < 3; i++) {
        const answer = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(5000) });
        expect(await answer.text()).toContain('Hello from hello-');
      }
    } finally {
      forward.kill('SIGINT');
      await once(forward, 'exit');
    }
  });
});
