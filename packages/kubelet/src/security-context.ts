import type {
  ContainerSecurityContext,
  ImageInfo,
  NamespaceOptions,
  SandboxSecurityContext,
  SeccompProfile,
} from '@trireme/ports';
import type { SeccompProfile as ApiSeccompProfile, Container, Pod } from '@trireme/schema/types/core/v1';
import { describePod } from './identity.ts';

const maskedPaths = [
  '/proc/asound',
  '/proc/acpi',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
];
const readonlyPaths = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

export function namespacesOf(pod: Pod, targetContainerId?: string): NamespaceOptions {
  const { hostNetwork, hostIPC, hostPID, shareProcessNamespace } = pod.spec;
  const shared = { network: hostNetwork ? 'node' : 'pod', ipc: hostIPC ? 'node' : 'pod' } as const;
  if (targetContainerId) return { ...shared, pid: 'target', targetContainerId };
  return { ...shared, pid: hostPID ? 'node' : shareProcessNamespace ? 'pod' : 'container' };
}

function seccompOf(profile: ApiSeccompProfile | undefined, profileRoot: string): SeccompProfile {
  if (profile?.type === 'RuntimeDefault') return { type: 'runtime-default' };
  if (profile?.type === 'Localhost') return { type: 'localhost', path: `${profileRoot}/${profile.localhostProfile}` };
  return { type: 'unconfined' };
}

function supplementalGroups(pod: Pod): readonly number[] {
  const { fsGroup, supplementalGroups: groups = [] } = pod.spec.securityContext ?? {};
  return fsGroup === undefined ? groups : [fsGroup, ...groups];
}

export function sandboxSecurityContext(pod: Pod, seccompRoot: string): SandboxSecurityContext {
  const context = pod.spec.securityContext;
  const all = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  return {
    namespaces: namespacesOf(pod),
    privileged: all.some((container) => container.securityContext?.privileged),
    runAsUser: context?.runAsUser,
    runAsGroup: context?.runAsGroup,
    supplementalGroups: supplementalGroups(pod),
    // The sandbox's own process needs nothing that the default profile refuses, whatever the pod's containers use.
    seccomp: context?.seccompProfile ? seccompOf(context.seccompProfile, seccompRoot) : { type: 'runtime-default' },
  };
}

export function containerSecurityContext(
  pod: Pod,
  container: Container,
  image: ImageInfo,
  seccompRoot: string,
  targetContainerId?: string,
): ContainerSecurityContext {
  const own = container.securityContext;
  const shared = pod.spec.securityContext;
  const privileged = own?.privileged ?? false;
  const unmasked = privileged || own?.procMount === 'Unmasked';
  const runAsUser = own?.runAsUser ?? shared?.runAsUser ?? image.uid;
  return {
    namespaces: namespacesOf(pod, targetContainerId),
    privileged,
    addCapabilities: own?.capabilities?.add ?? [],
    dropCapabilities: own?.capabilities?.drop ?? [],
    ...(runAsUser !== undefined ? { runAsUser } : { runAsUsername: image.username }),
    runAsGroup: own?.runAsGroup ?? shared?.runAsGroup,
    supplementalGroups: supplementalGroups(pod),
    readonlyRootfs: own?.readOnlyRootFilesystem ?? false,
    noNewPrivileges: own?.allowPrivilegeEscalation === false,
    maskedPaths: unmasked ? [] : maskedPaths,
    readonlyPaths: unmasked ? [] : readonlyPaths,
    seccomp: privileged
      ? { type: 'unconfined' }
      : seccompOf(own?.seccompProfile ?? shared?.seccompProfile, seccompRoot),
  };
}

/** Why a container that must not run as root cannot be started; undefined where it can. */
export function nonRootProblem(pod: Pod, container: Container, image: ImageInfo): string | undefined {
  const own = container.securityContext;
  const shared = pod.spec.securityContext;
  if (!(own?.runAsNonRoot ?? shared?.runAsNonRoot)) return undefined;
  const where = `(pod: "${describePod(pod)}", container: ${container.name})`;
  const asked = own?.runAsUser ?? shared?.runAsUser;
  if (asked !== undefined) {
    return asked === 0 ? `container's runAsUser breaks non-root policy ${where}` : undefined;
  }
  if (image.uid !== undefined && image.uid !== 0) return undefined;
  if (image.uid === undefined && image.username) {
    return `container has runAsNonRoot and image has non-numeric user (${image.username}), cannot verify user is non-root ${where}`;
  }
  return `container has runAsNonRoot and image will run as root ${where}`;
}
