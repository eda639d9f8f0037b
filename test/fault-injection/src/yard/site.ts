import type { EtcdClientTls } from '@trireme/etcd-api';

/** All that a cluster under test stands on, as plain data: it goes from the process that made it to the one in it. */
export interface Site {
  /** Certificates, logs and histories. */
  readonly folder: string;
  /** What starts a member, before the flags. */
  readonly program: readonly string[];
  readonly switchNamespace: string;
  readonly clientNamespace: string;
  readonly tls: EtcdClientTls;
  readonly members: readonly MemberSite[];
}

export interface MemberSite {
  readonly name: string;
  readonly namespace: string;
  readonly address: string;
  /** A file that is a whole disk, and where it is mounted. */
  readonly image: string;
  readonly mount: string;
  readonly clientUrl: string;
  readonly peerUrl: string;
  readonly logFile: string;
  readonly flags: readonly string[];
}

/** Nobody else's here. The host has no address in it and no route to it. */
export const subnet = '10.231.77.0/24';
export const addressOf = (host: number): string => `10.231.77.${host}`;
export const clientHost = 100;
export const clientPort = 2379;
export const peerPort = 2380;
/** The one network device of each namespace. */
export const device = 'eth0';
