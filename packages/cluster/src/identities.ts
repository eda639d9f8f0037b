import type { Peer } from '@trireme/ports';

/** Who speaks, as a client certificate would prove it: in one process there is nothing that could be forged. */
export function peerOf(commonName: string, ...organizations: readonly string[]): Peer {
  return { address: '127.0.0.1', certificate: { commonName, organizations, fingerprint: '' } };
}

export const identities = {
  admin: peerOf('kubernetes-admin', 'system:masters'),
  controllers: peerOf('system:kube-controller-manager'),
  scheduler: peerOf('system:kube-scheduler'),
  /** The apiserver, as kubelets see it. */
  apiserver: peerOf('kube-apiserver-kubelet-client', 'system:masters'),
  kubelet: (nodeName: string): Peer => peerOf(`system:node:${nodeName}`, 'system:nodes'),
};
