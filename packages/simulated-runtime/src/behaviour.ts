import type { Bytes } from '@trireme/base';
import type { ByteStream, RuntimeErrorCode } from '@trireme/ports';

export type LogStream = 'stdout' | 'stderr';

/** One thing a simulated process does. `repeat` goes back to the step with that index. */
export type Step =
  | { readonly do: 'log'; readonly line: string; readonly stream: LogStream }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'exit'; readonly code: number; readonly reason?: string }
  | { readonly do: 'repeat'; readonly from: number };

/** A process as its steps, in order. One that comes to the end of its steps keeps running until it is stopped. */
export type Program = readonly Step[];

/** What a simulated container looks like from inside. */
export interface ContainerView {
  readonly id: string;
  readonly name: string;
  readonly podName: string;
  readonly podNamespace: string;
  readonly image: string;
  readonly hostname: string;
  readonly ip: string;
  /** How often the kubelet has restarted it. */
  readonly attempt: number;
  readonly command: readonly string[];
  readonly env: ReadonlyMap<string, string>;
}

/** One command run inside a container: by an exec probe, a hook or `kubectl exec`. */
export interface ExecSession {
  readonly command: readonly string[];
  readonly container: ContainerView;
  readonly tty: boolean;
  /** Ends at once where nothing is attached. */
  readonly stdin: AsyncIterable<Bytes>;
  /** Resolves when there is room for more: who writes much waits for it. */
  write(stream: LogStream, bytes: Bytes): Promise<void>;
  /** Resolves when nobody waits for the command any more: the client left, it timed out, or the container ended. */
  readonly abandoned: Promise<void>;
}

/** Runs the command to its end and returns its exit code; undefined leaves it to the simulation's own commands. */
export type ExecHandler = (session: ExecSession) => Promise<number> | undefined;

/** What a container answers to an HTTP request, or to a bare TCP connect (then only its being there counts). */
export interface SimulatedAnswer {
  readonly status: number;
  readonly body: string;
}

/** How containers of one image behave. Everything has a default: the image is there and runs until it is stopped. */
export interface ImageBehaviour {
  /** Pulling it fails so. */
  readonly pullError?: { readonly code: RuntimeErrorCode; readonly message: string } | undefined;
  readonly pullDelayMs?: number | undefined;
  /** Creating, or starting, a container of it fails with this message. */
  readonly createError?: string | undefined;
  readonly startError?: string | undefined;
  /** What its process does where the pod gives no command, or one the simulation does not know. */
  readonly program?: Program | ((container: ContainerView) => Program) | undefined;
  /** The command in the pod does not count: `program` always runs. */
  readonly ignoreCommand?: boolean | undefined;
  /** Does not end on SIGTERM: stopping takes the whole grace period and ends in SIGKILL (137). */
  readonly ignoresTerm?: boolean | undefined;
  /** The exit code on SIGTERM; 143 unless the program handles the signal. */
  readonly termExitCode?: number | undefined;
  readonly exec?: ExecHandler | undefined;
  /** Answers HTTP, for probes; undefined refuses the connection. */
  readonly serve?: ((port: number, path: string, container: ContainerView) => SimulatedAnswer | undefined) | undefined;
  /** Takes a forwarded connection until it ends it; by default it answers HTTP by `serve`. */
  readonly connect?: ((port: number, stream: ByteStream) => void) | undefined;
  readonly sizeBytes?: number | undefined;
  readonly uid?: number | undefined;
  readonly username?: string | undefined;
}

/** Ends with `code` after `ms`. A kubelet that restarts it sees a crash loop. */
export function exitAfter(ms: number, code: number): Program {
  return [
    { do: 'wait', ms },
    { do: 'exit', code },
  ];
}

/** Writes the lines to stdout, then runs on. */
export function logLines(...lines: readonly string[]): Program {
  return lines.map((line): Step => ({ do: 'log', line, stream: 'stdout' }));
}
