import { expect, test } from 'vitest';
import { containerdConfig } from './containerd-config.ts';

const options = {
  root: '/home/n1/containerd',
  state: '/run/t/n1/containerd',
  socket: '/run/t/n1/containerd.sock',
  cniBin: '/usr/lib/cni',
  cniConf: '/home/n1/cni/net.d',
  registryConfig: '/home/n1/registries',
  restrictOomScoreAdj: true,
  snapshotter: 'overlayfs',
} as const;

test('containerd 1.x gets a file of version 2', () => {
  const text = containerdConfig({ ...options, version: '1.6.20~ds1' });
  expect(text).toMatch(/^version = 2\nroot = "\/home\/n1\/containerd"\n/);
  expect(text).toContain('[grpc]\naddress = "/run/t/n1/containerd.sock"');
  expect(text).toContain('[plugins."io.containerd.grpc.v1.cri"]\nsandbox_image = "registry.k8s.io/pause:3.10"');
  expect(text).toContain('restrict_oom_score_adj = true');
  expect(text).toContain(
    '[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]\nSystemdCgroup = false',
  );
  expect(text).toContain('Root = "/run/t/n1/containerd/runc"');
  expect(text).toContain('bin_dir = "/usr/lib/cni"');
});

test('containerd 2.x gets a file of version 3, with the same facts in their new places', () => {
  const text = containerdConfig({ ...options, version: 'v2.1.0', restrictOomScoreAdj: false, snapshotter: 'native' });
  expect(text).toMatch(/^version = 3\n/);
  expect(text).toContain(
    '[plugins."io.containerd.cri.v1.images".pinned_images]\nsandbox = "registry.k8s.io/pause:3.10"',
  );
  expect(text).toContain('[plugins."io.containerd.cri.v1.runtime"]\nrestrict_oom_score_adj = false');
  expect(text).toContain('[plugins."io.containerd.grpc.v1.cri"]\nstream_server_address = "127.0.0.1"');
  expect(text).toContain('snapshotter = "native"');
});

test('a path with quotes stays one string', () => {
  expect(containerdConfig({ ...options, version: '1.6', root: '/a "b"\\c' })).toContain('root = "/a \\"b\\"\\\\c"');
});
