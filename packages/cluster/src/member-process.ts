import { builtinKinds } from '@trireme/api';
import { createApiServer, createDirectTransport, type NodeDialer, type TokenSigner } from '@trireme/apiserver';
import { createApiClient } from '@trireme/client';
import { type Disk, type HttpHandler, type Logger, type PeerTransport, type Random, sleep } from '@trireme/ports';
import { builtinTypes } from '@trireme/schema';
import { createMember, type Member, type MemberOptions, type MemberPeer, type StateLevel } from '@trireme/store';
import { addressPlan } from './address-plan.ts';
import { type ControlLoops, createControlLoops } from './control-loops.ts';
import { identities } from './identities.ts';
import { type Lifetime, mortalHandler } from './lifetime.ts';

export interface MemberProcessDeps {
  readonly life: Lifetime;
  readonly random: Random;
  readonly logger: Logger;
  readonly disk: Disk;
  readonly level: () => StateLevel;
  readonly transport: PeerTransport;
  readonly tokens: TokenSigner;
  readonly dialNode: NodeDialer;
}

export interface MemberProcessOptions {
  readonly name: string;
  readonly position: number;
  /** Tells the holders of leases apart: it grows with every start. */
  readonly incarnation: number;
  readonly peers: readonly MemberPeer[];
  readonly rootCa: string;
  readonly store: Partial<MemberOptions>;
}

const pollMs = 10;

/** A member at work: its part of the store, its apiserver, and its scheduler and controllers. */
export interface MemberProcess {
  readonly store: Member;
  readonly handler: HttpHandler;
  readonly loops: ControlLoops;
  ready(): boolean;
  /** Gives up what it leads, then ends. */
  stop(): Promise<void>;
}

export async function startMemberProcess(
  deps: MemberProcessDeps,
  options: MemberProcessOptions,
): Promise<MemberProcess> {
  const { life, random, logger } = deps;
  const { time } = life;
  const world = { time, random, logger };
  const id = BigInt(options.position + 1);
  const { disk, level, transport } = deps;
  const storeOptions = { id, peers: options.peers, options: options.store };
  const store = await createMember({ ...world, disk, level, transport, ...storeOptions });
  const apiServer = createApiServer({
    ...world,
    kv: store.kv,
    kinds: builtinKinds,
    types: builtinTypes,
    auth: { signer: deps.tokens },
    options: {
      serviceCidr: addressPlan.serviceCidr,
      advertise: { ip: addressPlan.memberIp(options.position), port: addressPlan.memberPort },
      dialNode: deps.dialNode,
    },
  });
  const handler = mortalHandler(apiServer.handler, life, options.name);
  const clientFor = (peer: (typeof identities)['controllers']) =>
    createApiClient(createDirectTransport(handler, peer), { time });
  const loops = createControlLoops(
    {
      ...world,
      clients: { controllers: clientFor(identities.controllers), scheduler: clientFor(identities.scheduler) },
    },
    {
      identity: `${options.name}_${options.incarnation}`,
      rootCa: options.rootCa,
      podCidr: addressPlan.podCidr,
      serviceCidr: addressPlan.serviceCidr,
    },
  );
  const stopping = new AbortController();
  const work = async (): Promise<void> => {
    // Before that nobody may do anything yet: the roles that say so are being made.
    while (!apiServer.ready() && !stopping.signal.aborted) await sleep(time, pollMs, stopping.signal);
    await loops.run(stopping.signal);
  };
  const working = work();
  return {
    store,
    handler,
    loops,
    ready: () => apiServer.ready(),
    async stop() {
      stopping.abort();
      await working;
      await apiServer.stop();
      await store.stop();
    },
  };
}
