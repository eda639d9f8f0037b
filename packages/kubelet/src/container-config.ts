import type { ContainerConfig, ImageInfo, RuntimeMount } from '@trireme/ports';
import type { Container, Pod } from '@trireme/schema/types/core/v1';
import { containerHash } from './container-hash.ts';
import { expand } from './expansion.ts';
import { annotations, labels } from './identity.ts';
import { linuxResources } from './linux-resources.ts';
import { containerLogName } from './pod-paths.ts';
import { type PodSettings, podAnnotations, podLabels, seccompRoot } from './sandbox-config.ts';
import { containerSecurityContext } from './security-context.ts';

export interface ContainerConfigInput {
  readonly pod: Pod;
  readonly container: Container;
  readonly restartCount: number;
  readonly image: ImageInfo;
  readonly variables: ReadonlyMap<string, string>;
  readonly mounts: readonly RuntimeMount[];
  /** Where the termination message is written, on the node. */
  readonly messagePath: string;
  /** For an ephemeral container: whose processes it sees. */
  readonly targetContainerId?: string | undefined;
}

export function containerConfig(input: ContainerConfigInput, settings: PodSettings): ContainerConfig {
  const { pod, container, restartCount, image, variables } = input;
  const expanded = (texts: readonly string[] = []): readonly string[] =>
    texts.map((text) => expand(text, (name) => variables.get(name)));
  return {
    name: container.name,
    attempt: restartCount,
    image: image.id,
    userImage: container.image ?? '',
    command: expanded(container.command),
    args: expanded(container.args),
    workingDir: container.workingDir ?? '',
    envs: [...variables].map(([key, value]) => ({ key, value })),
    mounts: input.mounts,
    devices: [],
    labels: { ...podLabels(pod), [labels.containerName]: container.name },
    annotations: {
      ...podAnnotations(pod),
      [annotations.containerHash]: containerHash(container),
      [annotations.restartCount]: String(restartCount),
      [annotations.terminationMessagePath]: container.terminationMessagePath ?? '/dev/termination-log',
      [annotations.terminationMessagePolicy]: container.terminationMessagePolicy ?? 'File',
      [annotations.terminationMessageHostPath]: input.messagePath,
    },
    logPath: containerLogName(container.name, restartCount),
    stdin: container.stdin ?? false,
    stdinOnce: container.stdinOnce ?? false,
    tty: container.tty ?? false,
    resources: linuxResources(pod, container, settings.memoryBytes),
    securityContext: containerSecurityContext(pod, container, image, seccompRoot(settings), input.targetContainerId),
  };
}
