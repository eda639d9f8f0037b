/** The status codes of gRPC that are used (https://grpc.io/docs/guides/status-codes/). */
export const rpcCodes = {
  cancelled: 1,
  unknown: 2,
  'invalid-argument': 3,
  'deadline-exceeded': 4,
  'not-found': 5,
  'permission-denied': 7,
  'resource-exhausted': 8,
  'failed-precondition': 9,
  'out-of-range': 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  'data-loss': 15,
  unauthenticated: 16,
} as const;
export type RpcCode = keyof typeof rpcCodes;

/** A failed call as it goes over the wire: clients match on both, the code and the text. */
export class RpcError extends Error {
  override readonly name = 'RpcError';
  readonly code: RpcCode;

  constructor(code: RpcCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options as ErrorOptions);
    this.code = code;
  }
}
