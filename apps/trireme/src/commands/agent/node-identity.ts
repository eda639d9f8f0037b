import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { CodedError } from '@trireme/base';
import { type JoinDeps, join } from '../../join/join-client.ts';
import type { AgentJoinAnswer, AgentJoinRequest } from '../../join/messages.ts';
import { certificateServes, writeWhole } from '../../member/certificates.ts';
import type { AgentOptions } from './command-options.ts';

/** Who a node is and how it reaches its cluster, kept in its folder: with this it starts again without a token. */
export interface NodeIdentity extends AgentJoinAnswer {
  readonly nodeName: string;
  readonly keys: { readonly kubeletClient: string; readonly kubeletServing: string; readonly proxyClient: string };
}

const fileName = 'node.json';

/** Undefined where no node has joined from this folder yet. */
export function readNodeIdentity(directory: string): NodeIdentity | undefined {
  const file = joinPath(directory, fileName);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as NodeIdentity) : undefined;
}

/**
 * As its folder says, or taken into the cluster by the token. Certificates that near their end, or are not for the
 * address that the node has now, are asked for anew where there is a token to ask with.
 */
export async function identifyNode(
  deps: JoinDeps,
  options: AgentOptions,
  directory: string,
  nodeName: string,
  address: string,
): Promise<NodeIdentity> {
  const known = readNodeIdentity(directory);
  if (known && certificateServes(known.kubeletServing, { ips: [address] }, deps.time.now())) return known;
  if (options.join.length > 0 && options.token) return joinAsNode(deps, options, directory, nodeName, address);
  if (known) {
    deps.logger.log(
      'warn',
      'the certificates of this node end soon or are for another address: start it with --join and --token',
      {
        node: nodeName,
        address,
      },
    );
    return known;
  }
  throw new CodedError(
    'no-token',
    'join: --join and --token are needed for a new node. Print them on a member with: ./trireme token',
  );
}

async function joinAsNode(
  deps: JoinDeps,
  options: AgentOptions,
  directory: string,
  nodeName: string,
  address: string,
): Promise<NodeIdentity> {
  const { createSigningRequest, generateKeyPair } = await import('@trireme/pki');
  const [client, serving, proxy] = await Promise.all([
    generateKeyPair('ec'),
    generateKeyPair('ec'),
    generateKeyPair('ec'),
  ]);
  const node = { commonName: `system:node:${nodeName}`, organizations: ['system:nodes'] };
  const body: AgentJoinRequest = {
    nodeName,
    addresses: [address],
    kubeletClient: createSigningRequest(client.privateKeyPem, node),
    kubeletServing: createSigningRequest(serving.privateKeyPem, node, { dns: [nodeName], ips: [address] }),
    proxyClient: createSigningRequest(proxy.privateKeyPem, { commonName: 'system:kube-proxy' }),
  };
  const answer = await join<AgentJoinAnswer>(deps, {
    addresses: options.join,
    token: options.token ?? '',
    path: '/trireme/v1/join/agent',
    body,
    timeoutMs: options.joinTimeout,
  });
  const identity: NodeIdentity = {
    ...answer,
    nodeName,
    keys: {
      kubeletClient: client.privateKeyPem,
      kubeletServing: serving.privateKeyPem,
      proxyClient: proxy.privateKeyPem,
    },
  };
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeWhole(joinPath(directory, fileName), JSON.stringify(identity, null, 2), 0o600);
  deps.logger.log('info', 'taken into the cluster', { cluster: answer.clusterName, node: nodeName });
  return identity;
}
