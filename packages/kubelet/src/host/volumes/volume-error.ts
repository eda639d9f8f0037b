import { CodedError } from '@trireme/base';

/** A volume that could not be mounted. The message is the event's. */
export class VolumeError extends CodedError<'FailedMount'> {
  override readonly name = 'VolumeError';
}

export function mountFailed(volume: string, why: string, cause?: unknown): VolumeError {
  return new VolumeError('FailedMount', `MountVolume.SetUp failed for volume "${volume}" : ${why}`, { cause });
}
