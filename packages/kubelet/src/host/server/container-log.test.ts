import { fromUtf8, utf8 } from '@trireme/base';
import { createSimulatedRuntime } from '@trireme/simulated-runtime';
import { createSeededRandom, createVirtualTime } from '@trireme/testkit';
import { describe, expect, it } from 'vitest';
import { rotateLog } from '../log-rotation.ts';
import { createMemoryNodeFiles } from '../testing/memory-node-files.ts';
import { type LogOptions, streamLog } from './container-log.ts';

const path = '/logs/app/0.log';
const plain: LogOptions = {
  follow: false,
  tailLines: undefined,
  sinceMs: undefined,
  timestamps: false,
  limitBytes: undefined,
};

function setUp(lines: number) {
  const time = createVirtualTime();
  const files = createMemoryNodeFiles();
  for (let i = 0; i < lines; i++) files.appendLog(path, 'stdout', `line ${i}`, time.now() + i * 1000);
  const state = { running: true };
  const read = async (options: Partial<LogOptions>, signal?: AbortSignal) => {
    let text = '';
    const source = { path, isRunning: async () => state.running };
    for await (const part of streamLog({ files, time }, source, { ...plain, ...options }, signal))
      text += fromUtf8(part);
    return text;
  };
  return { time, files, state, read };
}

describe('streamLog', () => {
  it('reads what there is', async () => {
    const { read } = setUp(3);
    expect(await read({})).toBe('line 0\nline 1\nline 2\n');
    expect(await read({ tailLines: 0 })).toBe('');
    expect(await read({ tailLines: 1 })).toBe('line 2\n');
    expect(await read({ tailLines: 99 })).toBe('line 0\nline 1\nline 2\n');
    expect(await read({ limitBytes: 9 })).toBe('line 0\nli');
    expect(await read({ sinceMs: Date.UTC(2026, 0, 1) + 1500 })).toBe('line 2\n');
  });

  it('finds the tail of a long log', async () => {
    const { read } = setUp(5000);
    const lines = (await read({ tailLines: 3000 })).split('\n');
    expect(lines.length).toBe(3001);
    expect(lines[0]).toBe('line 2000');
  });

  it('gives what there was when asked for, while more is written', async () => {
    const { time, files, read } = setUp(3);
    const { open } = files;
    files.open = async (asked) => {
      const file = await open(asked);
      if (!file) return file;
      return {
        ...file,
        async size() {
          const size = await file.size();
          files.appendLog(path, 'stdout', 'later', time.now());
          return size;
        },
      };
    };
    expect(await read({ tailLines: 2 })).toBe('line 1\nline 2\n');
    expect(await read({})).toBe('line 0\nline 1\nline 2\nlater\n');
  });

  it('follows until the container has ended, over a rotation, without losing a line', async () => {
    const { time, files, state, read } = setUp(1);
    const reading = read({ follow: true });
    await time.advance(500);
    files.appendLog(path, 'stdout', 'before', time.now());
    await files.rename(path, `${path}.1`);
    files.appendLog(`${path}.1`, 'stdout', 'late', time.now());
    files.appendLog(path, 'stderr', 'after', time.now());
    await time.advance(500);
    files.appendLog(path, 'stdout', 'last', time.now());
    state.running = false;
    await time.advance(500);
    expect(await reading).toBe('line 0\nbefore\nlate\nafter\nlast\n');
    expect(time.pending).toBe(0);
  });

  it('reads a line that comes to the old file just before the new one stands there', async () => {
    const { time, files, state, read } = setUp(1);
    const reading = read({ follow: true });
    await time.advance(500);
    const { stat } = files;
    files.stat = async (asked) => {
      files.stat = stat;
      files.appendLog(path, 'stdout', 'just in time', time.now());
      await files.rename(path, `${path}.1`);
      files.appendLog(path, 'stdout', 'after', time.now());
      return stat(asked);
    };
    await time.advance(500);
    state.running = false;
    await time.advance(500);
    expect(await reading).toBe('line 0\njust in time\nafter\n');
  });

  it('stops when nobody listens any more', async () => {
    const { time, read } = setUp(1);
    const controller = new AbortController();
    const reading = read({ follow: true }, controller.signal);
    await time.advance(300);
    controller.abort();
    await time.settle();
    expect(await reading).toBe('line 0\n');
  });
});

describe('rotateLog', () => {
  it('sets long logs aside, and keeps only the newest', async () => {
    const { time, files } = setUp(0);
    const runtime = createSimulatedRuntime({ time, random: createSeededRandom(1) });
    runtime.reopenContainerLog = async () => undefined;
    const limits = { maxSizeBytes: 10, maxFiles: 3 };
    const rotate = (second: number) => rotateLog({ runtime, files }, { id: 'c', logPath: path }, limits, second * 1000);
    await files.appendFile(path, utf8('short'));
    expect(await rotate(0)).toBe(false);
    for (const second of [1, 2, 3, 4]) {
      await files.appendFile(path, utf8('longer than that'));
      expect(await rotate(second)).toBe(true);
    }
    expect(await files.list('/logs/app')).toEqual(['0.log.19700101-000003', '0.log.19700101-000004']);
  });

  it('leaves the log where it is when the runtime cannot open a new one', async () => {
    const { time, files } = setUp(1);
    const runtime = createSimulatedRuntime({ time, random: createSeededRandom(1) });
    runtime.reopenContainerLog = () => Promise.reject(new Error('no'));
    await expect(
      rotateLog({ runtime, files }, { id: 'c', logPath: path }, { maxSizeBytes: 1, maxFiles: 3 }, 0),
    ).rejects.toThrow('no');
    expect(await files.list('/logs/app')).toEqual(['0.log']);
  });
});
