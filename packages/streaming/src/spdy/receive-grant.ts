/**
 * Counts what has been read, and grants it anew to the other side once it is worth a frame: at half of the window, as
 * HTTP/2 servers do.
 */
export function createReceiveGrant(windowBytes: number, grant: (deltaBytes: number) => void) {
  let takenBytes = 0;
  return (sizeBytes: number): void => {
    takenBytes += sizeBytes;
    if (takenBytes < windowBytes / 2) return;
    grant(takenBytes);
    takenBytes = 0;
  };
}
