import { type ContainerConfig, type ContainerStatus, type ContainerSummary, RuntimeError } from '@trireme/ports';
import type { LogStream, Program } from './behaviour.ts';
import { createFileTree } from './files/file-tree.ts';
import { behaviourOf, imageInfo } from './images.ts';
import { commandProgram } from './process/command-program.ts';
import { runProgram } from './process/run-program.ts';
import { type Container, newId, notify, type Sandbox, viewOf, type World } from './world.ts';

const minimumMemoryBytes = 2 * 1024 * 1024;

export function createContainer(world: World, sandbox: Sandbox, config: ContainerConfig): Container {
  if (!imageInfo(world, config.image)) {
    throw new RuntimeError('image-not-found', `create container ${config.name}: image "${config.image}" not found`);
  }
  const refusal = behaviourOf(world, config.image)?.createError;
  if (refusal !== undefined) throw new RuntimeError('failed', refusal);
  const container: Container = {
    id: newId(world.random),
    sandbox,
    config,
    createdAtMs: world.time.now(),
    state: 'created',
    startedAtMs: 0,
    finishedAtMs: 0,
    exitCode: 0,
    reason: '',
    message: '',
    memoryBytes: minimumMemoryBytes + Math.floor(world.random.float() * 8 * minimumMemoryBytes),
    files: createFileTree(),
    program: undefined,
    killTimer: undefined,
    watchers: new Set(),
    onExit: new Set(),
  };
  world.containers.set(container.id, container);
  notify(world, container);
  return container;
}

export function startContainer(world: World, container: Container): void {
  if (container.state !== 'created') {
    throw new RuntimeError('failed', `start container ${container.id}: it is ${container.state}, not created`);
  }
  const behaviour = behaviourOf(world, container.config.image);
  if (behaviour?.startError !== undefined) {
    endContainer(world, container, 128, 'StartError', behaviour.startError);
    throw new RuntimeError('failed', behaviour.startError);
  }
  container.state = 'running';
  container.startedAtMs = world.time.now();
  container.program = runProgram(world.time, programOf(world, container), {
    onLog: (stream, line) => writeLog(world, container, stream, line),
    onExit: (code, reason) => endContainer(world, container, code, reason),
  });
  notify(world, container);
}

function programOf(world: World, container: Container): Program {
  const behaviour = behaviourOf(world, container.config.image);
  const view = viewOf(world, container);
  const told = behaviour?.ignoreCommand
    ? undefined
    : commandProgram(view.command, { env: view.env, hostname: view.hostname });
  if (told && view.command.length > 0) return told;
  const program = behaviour?.program ?? [];
  return typeof program === 'function' ? program(view) : program;
}

export function logPathOf(container: Container): string {
  return `${container.sandbox.config.logDirectory}/${container.config.logPath}`;
}

export function writeLog(world: World, container: Container, stream: LogStream, line: string): void {
  if (container.config.logPath !== '') {
    world.logs.appendLog(logPathOf(container), container.config.tty ? 'stdout' : stream, line, world.time.now());
  }
  for (const watcher of container.watchers) watcher(stream, line);
}

/** Ends it at once; safe to repeat. */
export function endContainer(world: World, container: Container, code: number, reason: string, message = ''): void {
  if (container.state === 'exited') return;
  container.program?.kill();
  container.killTimer?.cancel();
  container.state = 'exited';
  container.finishedAtMs = world.time.now();
  container.exitCode = code;
  container.reason = reason;
  container.message = message;
  for (const listener of container.onExit) listener();
  container.onExit.clear();
  notify(world, container);
}

/** Resolves once it has ended: soon when it obeys SIGTERM, after the timeout when it does not. */
export function stopContainer(world: World, container: Container, timeoutSeconds: number): Promise<void> {
  if (container.state !== 'running') {
    if (container.state === 'created') endContainer(world, container, 137, 'Error');
    return Promise.resolve();
  }
  const behaviour = behaviourOf(world, container.config.image);
  const termMs = behaviour?.ignoresTerm ? Number.POSITIVE_INFINITY : world.delays.termMs;
  const killMs = Math.max(0, timeoutSeconds) * 1000;
  const obeys = termMs < killMs;
  return new Promise((resolve) => {
    container.onExit.add(resolve);
    container.killTimer?.cancel();
    container.killTimer = world.time.after(Math.min(termMs, killMs), () => {
      const code = obeys ? (behaviour?.termExitCode ?? 143) : 137;
      endContainer(world, container, code, code === 0 ? 'Completed' : 'Error');
    });
  });
}

export function summaryOf(container: Container): ContainerSummary {
  return {
    id: container.id,
    sandboxId: container.sandbox.id,
    name: container.config.name,
    attempt: container.config.attempt,
    state: container.state,
    createdAtMs: container.createdAtMs,
    labels: container.config.labels,
    annotations: container.config.annotations,
  };
}

export function statusOf(world: World, container: Container): ContainerStatus {
  const info = imageInfo(world, container.config.image);
  return {
    ...summaryOf(container),
    startedAtMs: container.startedAtMs,
    finishedAtMs: container.finishedAtMs,
    exitCode: container.exitCode,
    reason: container.reason,
    message: container.message,
    image: info?.repoTags[0] ?? container.config.userImage,
    imageRef: info?.repoDigests[0] ?? container.config.image,
    logPath: logPathOf(container),
  };
}
