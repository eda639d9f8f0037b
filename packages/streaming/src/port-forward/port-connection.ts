import { messageOf } from '@trireme/base';
import type { ByteStream } from '@trireme/ports';

/** Carries one forwarded connection to its end. What it throws is told to the client as the reason. */
export type ConnectPort = (port: number, stream: ByteStream) => Promise<void>;

/** Whose ports are forwarded, as clients are told when one cannot be reached. */
export interface ForwardTarget {
  readonly pod: string;
  readonly uid?: string | undefined;
}

/** Connects, and gives the reason on when that fails. Resolves when the connection is over. */
export async function carryConnection(
  connect: ConnectPort,
  target: ForwardTarget,
  port: number,
  stream: ByteStream,
  tell: (text: string) => Promise<void>,
): Promise<void> {
  try {
    await connect(port, stream);
  } catch (error) {
    const where = `port ${port} to pod ${target.pod}, uid ${target.uid ?? ''}`;
    await tell(`error forwarding ${where}: ${messageOf(error)}`).catch(() => undefined);
  }
}
