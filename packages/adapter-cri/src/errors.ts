import { messageOf } from '@trireme/base';
import { RuntimeError, type RuntimeErrorCode } from '@trireme/ports';

/** The codes of gRPC that are told apart (https://grpc.io/docs/guides/status-codes/). */
export const grpcCodes = {
  cancelled: 1,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  unimplemented: 12,
  unavailable: 14,
} as const;

/** True for the error of a gRPC call with this code. */
export function hasGrpcCode(error: unknown, code: number): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}

function detailsOf(error: unknown): string {
  const details = typeof error === 'object' && error !== null && 'details' in error ? error.details : undefined;
  return typeof details === 'string' && details !== '' ? details : messageOf(error);
}

function codeOf(error: unknown): RuntimeErrorCode {
  if (hasGrpcCode(error, grpcCodes.notFound)) return 'not-found';
  if (hasGrpcCode(error, grpcCodes.deadlineExceeded) || hasGrpcCode(error, grpcCodes.cancelled)) return 'timeout';
  if (hasGrpcCode(error, grpcCodes.unavailable)) return 'unavailable';
  return 'failed';
}

// What registries and the ways to them say when they, not the image, are the trouble.
const registryTrouble =
  /RegistryUnavailable|dial tcp|no such host|i\/o timeout|connection (refused|reset)|TLS handshake|x509:|server misbehaving|50[0234] |EOF$/;

function imageCodeOf(error: unknown, text: string): RuntimeErrorCode {
  if (/couldn't parse image|invalid reference format|InvalidImageName|failed to parse image/.test(text)) {
    return 'image-invalid-name';
  }
  if (hasGrpcCode(error, grpcCodes.notFound) || /: not found$|manifest unknown|repository does not exist/.test(text)) {
    return 'image-not-found';
  }
  if (registryTrouble.test(text)) return 'registry-unavailable';
  return codeOf(error);
}

/** What the runtime said, as callers of the port know it. The runtime's own words stay, for they go into events. */
export function toRuntimeError(error: unknown, kind: 'call' | 'pull' = 'call'): RuntimeError {
  if (error instanceof RuntimeError) return error;
  const text = detailsOf(error);
  const code = kind === 'pull' ? imageCodeOf(error, text) : codeOf(error);
  return new RuntimeError(code, text, { cause: error });
}
