/** What etcd's `--grpc-keepalive-min-time` allows, and the numbers of Go's gRPC around it. */
const maxStrikes = 2;
const idlePingMs = 2 * 60 * 60 * 1000;

/**
 * Counts pings that come too soon after the one before. Answers sent between them excuse them. As in Go's gRPC, so that
 * clients which are set up for etcd are not cut off here.
 */
export interface PingPolice {
  /** True when the connection is to be ended. */
  onPing(nowMs: number, openCalls: number): boolean;
  onSend(): void;
}

export function createPingPolice(minTimeMs: number): PingPolice {
  let strikes = 0;
  let last = Number.NEGATIVE_INFINITY;
  let excused = false;
  return {
    onPing(nowMs, openCalls) {
      const sinceMs = nowMs - last;
      last = nowMs;
      if (excused) {
        excused = false;
        strikes = 0;
        return false;
      }
      if (sinceMs < (openCalls === 0 ? idlePingMs : minTimeMs)) strikes += 1;
      return strikes > maxStrikes;
    },
    onSend() {
      excused = true;
    },
  };
}
