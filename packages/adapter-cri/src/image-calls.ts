import type { ContainerRuntime } from '@trireme/ports';
import type { CriCalls } from './calls.ts';
import type { FilesystemMessage, ImageMessage } from './messages.ts';
import { filesystemOf, imageInfoOf } from './to-port.ts';

type Part = Pick<ContainerRuntime, 'pullImage' | 'imageStatus' | 'listImages' | 'removeImage' | 'imageFsInfo'>;

export function imageCalls(calls: CriCalls): Part {
  return {
    async pullImage(image, auth, options) {
      const request = auth ? { image: { image }, auth } : { image: { image } };
      // No deadline: a large image takes its time, and the caller can give up.
      const answer = await calls.image<{ readonly imageRef: string }>('PullImage', request, {
        signal: options?.signal,
      });
      return answer.imageRef;
    },
    async imageStatus(image) {
      const answer = await calls.image<{ readonly image: ImageMessage | null }>('ImageStatus', { image: { image } });
      return answer.image ? imageInfoOf(answer.image) : undefined;
    },
    async listImages() {
      const answer = await calls.image<{ readonly images?: readonly ImageMessage[] }>('ListImages', {});
      return (answer.images ?? []).map(imageInfoOf);
    },
    async removeImage(image) {
      await calls.image('RemoveImage', { image: { image } });
    },
    async imageFsInfo() {
      const answer = await calls.image<{ readonly imageFilesystems?: readonly FilesystemMessage[] }>('ImageFsInfo', {});
      return (answer.imageFilesystems ?? []).map(filesystemOf);
    },
  };
}
