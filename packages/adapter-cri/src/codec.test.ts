import { expect, test } from 'vitest';
import { createCriCodec } from './codec.ts';

const codec = await createCriCodec();

// Bytes that another implementation of the interface reads and writes: field numbers and wire types, spelled out.
test.each([
  [
    'RunPodSandboxRequest',
    { config: { metadata: { name: 'a', attempt: 1 } }, runtimeHandler: 'h' },
    '0a070a050a01612001120168',
  ],
  ['StopContainerRequest', { containerId: 'c', timeout: 30 }, '0a0163101e'],
  [
    'LinuxContainerSecurityContext',
    { runAsUser: { value: 0 }, runAsGroup: { value: 5 }, noNewPrivs: true },
    '2a0058016202' + '0805',
  ],
  ['ImageSpec', { image: 'i', userSpecifiedImage: 'u' }, '0a01699201' + '0175'],
  ['LinuxContainerResources', { oomScoreAdj: -1 }, '28ffffffffffffffffff01'],
])('%s is encoded as the interface says', (name, value, hex) => {
  expect(codec.encode(name, value).toString('hex')).toBe(hex);
  expect(codec.decode(name, Buffer.from(hex, 'hex'))).toMatchObject(value);
});
