import type { ContainerConfig, PodSandboxConfig } from '@trireme/ports';

/** Configurations with nothing special in them, for tests of container runtimes. */
export function sandboxConfig(name: string, more: Partial<PodSandboxConfig> = {}): PodSandboxConfig {
  return {
    name,
    uid: `uid-${name}`,
    namespace: 'default',
    attempt: 0,
    hostname: name,
    logDirectory: `/var/log/pods/default_${name}_uid-${name}`,
    dns: undefined,
    portMappings: [],
    labels: {},
    annotations: {},
    cgroupParent: '',
    sysctls: {},
    securityContext: {
      namespaces: { network: 'pod', pid: 'container', ipc: 'pod' },
      privileged: false,
      supplementalGroups: [],
      seccomp: { type: 'unconfined' },
    },
    runtimeHandler: '',
    ...more,
  };
}

export function containerConfig(image: string, more: Partial<ContainerConfig> = {}): ContainerConfig {
  return {
    name: 'main',
    attempt: 0,
    image,
    userImage: image,
    command: [],
    args: [],
    workingDir: '',
    envs: [],
    mounts: [],
    devices: [],
    labels: {},
    annotations: {},
    logPath: 'main/0.log',
    stdin: false,
    stdinOnce: false,
    tty: false,
    resources: {},
    securityContext: {
      namespaces: { network: 'pod', pid: 'container', ipc: 'pod' },
      privileged: false,
      addCapabilities: [],
      dropCapabilities: [],
      supplementalGroups: [],
      readonlyRootfs: false,
      noNewPrivileges: false,
      maskedPaths: [],
      readonlyPaths: [],
      seccomp: { type: 'unconfined' },
    },
    ...more,
  };
}
