import { utf8 } from '@trireme/base';
import type {
  ContainerConfig,
  ContainerSecurityContext,
  LinuxResources,
  NamespaceMode,
  NamespaceOptions,
  PodSandboxConfig,
  RuntimeMount,
  SandboxSecurityContext,
  SeccompProfile,
} from '@trireme/ports';

/** The port's values as messages of the schema. */

const modes: Readonly<Record<NamespaceMode, string>> = {
  pod: 'POD',
  container: 'CONTAINER',
  node: 'NODE',
  target: 'TARGET',
};

const propagations: Readonly<Record<RuntimeMount['propagation'], string>> = {
  private: 'PROPAGATION_PRIVATE',
  'host-to-container': 'PROPAGATION_HOST_TO_CONTAINER',
  bidirectional: 'PROPAGATION_BIDIRECTIONAL',
};

function int64(value: number | undefined): { value: number } | undefined {
  return value === undefined ? undefined : { value };
}

function namespaceMessage(options: NamespaceOptions): object {
  return {
    network: modes[options.network],
    pid: modes[options.pid],
    ipc: modes[options.ipc],
    targetId: options.targetContainerId ?? '',
  };
}

function seccompMessage(profile: SeccompProfile): object {
  switch (profile.type) {
    case 'runtime-default':
      return { profileType: 'RuntimeDefault' };
    case 'unconfined':
      return { profileType: 'Unconfined' };
    case 'localhost':
      return { profileType: 'Localhost', localhostRef: profile.path };
  }
}

function sandboxSecurityMessage(context: SandboxSecurityContext): object {
  return {
    namespaceOptions: namespaceMessage(context.namespaces),
    privileged: context.privileged,
    runAsUser: int64(context.runAsUser),
    runAsGroup: int64(context.runAsGroup),
    supplementalGroups: context.supplementalGroups,
    seccomp: seccompMessage(context.seccomp),
  };
}

export function sandboxConfigMessage(config: PodSandboxConfig): object {
  return {
    metadata: { name: config.name, uid: config.uid, namespace: config.namespace, attempt: config.attempt },
    hostname: config.hostname,
    logDirectory: config.logDirectory,
    dnsConfig: config.dns,
    portMappings: config.portMappings,
    labels: config.labels,
    annotations: config.annotations,
    linux: {
      cgroupParent: config.cgroupParent,
      sysctls: config.sysctls,
      securityContext: sandboxSecurityMessage(config.securityContext),
    },
  };
}

export function resourcesMessage(resources: LinuxResources): object {
  return {
    cpuPeriod: resources.cpuPeriod ?? 0,
    cpuQuota: resources.cpuQuota ?? 0,
    cpuShares: resources.cpuShares ?? 0,
    memoryLimitInBytes: resources.memoryLimitBytes ?? 0,
    oomScoreAdj: resources.oomScoreAdj ?? 0,
  };
}

function containerSecurityMessage(context: ContainerSecurityContext): object {
  return {
    capabilities: { addCapabilities: context.addCapabilities, dropCapabilities: context.dropCapabilities },
    privileged: context.privileged,
    namespaceOptions: namespaceMessage(context.namespaces),
    runAsUser: int64(context.runAsUser),
    runAsUsername: context.runAsUsername ?? '',
    runAsGroup: int64(context.runAsGroup),
    readonlyRootfs: context.readonlyRootfs,
    supplementalGroups: context.supplementalGroups,
    noNewPrivs: context.noNewPrivileges,
    maskedPaths: context.maskedPaths,
    readonlyPaths: context.readonlyPaths,
    seccomp: seccompMessage(context.seccomp),
  };
}

export function containerConfigMessage(config: ContainerConfig): object {
  return {
    metadata: { name: config.name, attempt: config.attempt },
    image: { image: config.image, userSpecifiedImage: config.userImage },
    command: config.command,
    args: config.args,
    workingDir: config.workingDir,
    envs: config.envs.map(({ key, value }) => ({ key, value: utf8(value) })),
    mounts: config.mounts.map((mount) => ({ ...mount, propagation: propagations[mount.propagation] })),
    devices: config.devices,
    labels: config.labels,
    annotations: config.annotations,
    logPath: config.logPath,
    stdin: config.stdin,
    stdinOnce: config.stdinOnce,
    tty: config.tty,
    linux: {
      resources: resourcesMessage(config.resources),
      securityContext: containerSecurityMessage(config.securityContext),
    },
  };
}
