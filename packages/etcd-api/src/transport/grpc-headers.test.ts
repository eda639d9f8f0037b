import { describe, expect, it } from 'vitest';
import { RpcError } from '../mapping/index.ts';
import { isGrpcContentType, parseTimeout, trailersOf } from './grpc-headers.ts';

describe('the headers of gRPC', () => {
  it.each([
    [undefined, undefined],
    ['5S', 5_000],
    ['2H', 7_200_000],
    ['3M', 180_000],
    ['4999987u', 5_000],
    ['1n', 1],
    ['0m', 0],
    ['99999999m', 99_999_999],
    // Three thousand years.
    ['99999999H', undefined],
  ])('a timeout of %s is %s ms', (header, timeoutMs) => {
    expect(parseTimeout(header)).toBe(timeoutMs);
  });

  it.each(['', 'S', '5', '5s', '-1S', '1.5S', '123456789S'])('%s is no timeout', (header) => {
    expect(() => parseTimeout(header)).toThrow(RpcError);
  });

  it.each([
    ['application/grpc', true],
    ['application/grpc+proto', true],
    ['application/grpc;charset=utf-8', true],
    ['application/grpc-web', false],
    ['application/json', false],
    [undefined, false],
  ])('%s is gRPC: %s', (contentType, is) => {
    expect(isGrpcContentType(contentType)).toBe(is);
  });

  it.each([
    ['etcdserver: no leader', 'etcdserver: no leader'],
    ['50 % \u00fc\n', '50 %25 %C3%BC%0A'],
    ['', ''],
  ])('%j goes as %j', (message, encoded) => {
    expect(trailersOf(new RpcError('unavailable', message))).toEqual({ 'grpc-status': '14', 'grpc-message': encoded });
  });
});
