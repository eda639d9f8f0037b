import { CodedError, messageOf } from '@trireme/base';
import type { CancelSignal, ContainerRuntime, ImageInfo, Time } from '@trireme/ports';
import type { Container, Pod, Secret } from '@trireme/schema/types/core/v1';
import { durationText } from '../backoff.ts';
import { pullPolicyOf, withDefaultTag } from '../image-reference.ts';
import { credentialsFor } from '../pull-credentials.ts';

/** Why an image is not there. `code` is the reason that the container's status shows. */
export class ImageError extends CodedError<
  'ErrImagePull' | 'ErrImageNeverPull' | 'InvalidImageName' | 'ImageInspectError'
> {
  override readonly name = 'ImageError';
}

export type PullEvent = (type: 'Normal' | 'Warning', reason: string, message: string) => void;

/** Brings images to the node. Pods that want the same image at the same time share one pull. */
export interface ImagePuller {
  /** The image, pulled where its policy says so. Throws an `ImageError`. */
  ensure(
    pod: Pod,
    container: Container,
    readSecrets: () => Promise<readonly Secret[]>,
    event: PullEvent,
    signal: CancelSignal,
  ): Promise<ImageInfo>;
}

export function createImagePuller(runtime: ContainerRuntime, time: Time): ImagePuller {
  const pulling = new Map<string, Promise<void>>();

  const statusOf = async (image: string): Promise<ImageInfo | undefined> => {
    try {
      return await runtime.imageStatus(image);
    } catch (error) {
      throw new ImageError('ImageInspectError', `Failed to inspect image "${image}": ${messageOf(error)}`, {
        cause: error,
      });
    }
  };

  const pullWith = async (image: string, secrets: readonly Secret[], signal: CancelSignal): Promise<void> => {
    const credentials = credentialsFor(image, secrets);
    if (credentials.length === 0) return void (await runtime.pullImage(image, undefined, { signal }));
    const errors: unknown[] = [];
    for (const auth of credentials) {
      try {
        return void (await runtime.pullImage(image, auth, { signal }));
      } catch (error) {
        errors.push(error);
      }
    }
    throw errors[0];
  };

  const pullShared = (image: string, secrets: readonly Secret[], signal: CancelSignal): Promise<void> => {
    // With credentials a pull also proves the right to the image, so only pulls with the same ones are the same.
    const key = JSON.stringify([image, credentialsFor(image, secrets)]);
    const running = pulling.get(key);
    if (running) return running;
    const pull = pullWith(image, secrets, signal).finally(() => pulling.delete(key));
    pulling.set(key, pull);
    return pull;
  };

  return {
    async ensure(_pod, container, readSecrets, event, signal) {
      const written = container.image ?? '';
      const image = withDefaultTag(written);
      if (image === undefined) {
        const text = `Failed to apply default image tag "${written}": couldn't parse image name "${written}": invalid reference format`;
        throw new ImageError('InvalidImageName', text);
      }
      const policy = pullPolicyOf(container);
      const present = policy === 'Always' ? undefined : await statusOf(image);
      if (present) {
        event('Normal', 'Pulled', `Container image "${written}" already present on machine`);
        return present;
      }
      if (policy === 'Never') {
        const text = `Container image "${written}" is not present with pull policy of Never`;
        event('Warning', 'ErrImageNeverPull', text);
        throw new ImageError('ErrImageNeverPull', text);
      }
      event('Normal', 'Pulling', `Pulling image "${written}"`);
      const startedMs = time.monotonic();
      try {
        await pullShared(image, await readSecrets(), signal);
      } catch (error) {
        const text = messageOf(error);
        event('Warning', 'Failed', `Failed to pull image "${written}": ${text}`);
        throw new ImageError('ErrImagePull', text, { cause: error });
      }
      const pulled = await statusOf(image);
      if (!pulled) throw new ImageError('ErrImagePull', `pull image "${written}": it is not there after the pull`);
      const took = durationText(Math.round(time.monotonic() - startedMs));
      const size = `Image size: ${pulled.sizeBytes} bytes.`;
      event(
        'Normal',
        'Pulled',
        `Successfully pulled image "${written}" in ${took} (${took} including waiting). ${size}`,
      );
      return pulled;
    },
  };
}
