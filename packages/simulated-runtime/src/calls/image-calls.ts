import { imageInfo, nameOf, pullImage } from '../images.ts';
import type { World } from '../world.ts';
import { type Calls, enter } from './enter.ts';

export function imageCalls(
  world: World,
): Calls<'pullImage' | 'imageStatus' | 'listImages' | 'removeImage' | 'imageFsInfo'> {
  const all = () => [...world.images].flatMap((name) => imageInfo(world, name) ?? []);
  return {
    async pullImage(image, _auth, options) {
      await enter(world, `pull image ${image}`, 0, options?.signal);
      return pullImage(world, image);
    },
    async imageStatus(image) {
      await enter(world, `ask for image ${image}`);
      return imageInfo(world, image);
    },
    async listImages() {
      await enter(world, 'list images');
      return all();
    },
    async removeImage(image) {
      await enter(world, `remove image ${image}`);
      const name = nameOf(world, image);
      if (name !== undefined) world.images.delete(name);
    },
    async imageFsInfo() {
      await enter(world, 'ask for the image file system');
      const usedBytes = all().reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
      return [{ mountpoint: '/var/lib/simulated', usedBytes, inodesUsed: world.images.size * 400 }];
    },
  };
}
