import { type PodSandboxConfig, type PodSandboxStatus, type PodSandboxSummary, RuntimeError } from '@trireme/ports';
import { endContainer } from './containers.ts';
import { newId, type Sandbox, type World } from './world.ts';

export function addSandbox(world: World, config: PodSandboxConfig): Sandbox {
  for (const other of world.sandboxes.values()) {
    const same = other.config.uid === config.uid && other.config.attempt === config.attempt;
    if (same) {
      throw new RuntimeError(
        'failed',
        `run pod sandbox ${config.namespace}/${config.name}: attempt ${config.attempt} is reserved for "${other.id}"`,
      );
    }
  }
  const onHost = config.securityContext.namespaces.network === 'node';
  const ip = onHost ? '' : world.ips.allocate();
  if (ip === undefined) {
    throw new RuntimeError(
      'failed',
      `run pod sandbox ${config.namespace}/${config.name}: no address is free in the node's pod range`,
    );
  }
  const sandbox: Sandbox = { id: newId(world.random), config, createdAtMs: world.time.now(), ip, ready: true };
  world.sandboxes.set(sandbox.id, sandbox);
  return sandbox;
}

/** Ends all its containers and gives its address back; safe to repeat. */
export function stopSandbox(world: World, sandbox: Sandbox): void {
  for (const container of world.containers.values()) {
    if (container.sandbox === sandbox && container.state !== 'exited') endContainer(world, container, 137, 'Error');
  }
  if (sandbox.ip !== '') world.ips.release(sandbox.ip);
  sandbox.ready = false;
}

export function removeSandbox(world: World, sandbox: Sandbox): void {
  stopSandbox(world, sandbox);
  for (const container of [...world.containers.values()]) {
    if (container.sandbox === sandbox) world.containers.delete(container.id);
  }
  world.sandboxes.delete(sandbox.id);
}

export function sandboxStatus(sandbox: Sandbox): PodSandboxStatus {
  return {
    id: sandbox.id,
    ready: sandbox.ready,
    createdAtMs: sandbox.createdAtMs,
    ips: sandbox.ip === '' ? [] : [sandbox.ip],
    networkMode: sandbox.config.securityContext.namespaces.network,
  };
}

export function sandboxSummary(sandbox: Sandbox): PodSandboxSummary {
  const { name, namespace, uid, attempt, labels, annotations } = sandbox.config;
  const { id, ready, createdAtMs } = sandbox;
  return { id, name, namespace, uid, attempt, ready, createdAtMs, labels, annotations };
}
