/**
 * The port `Disk` on a folder of the file system, and the Level database that a store keeps beside it.
 *
 * @example
 * import { createNodeDisk, openNodeLevel } from '@trireme/adapter-disk';
 *
 * const disk = await createNodeDisk('/var/lib/trireme/store');
 * const file = await disk.open('greeting', 'create');
 * await file.write(0, new TextEncoder().encode('hello'));
 * await file.sync();
 * await disk.syncDirectory('.');
 * const level = await openNodeLevel('/var/lib/trireme/state');
 */
export { createNodeDisk } from './node-disk.ts';
export { openNodeLevel } from './node-level.ts';
