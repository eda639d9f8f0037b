/** What a node's own containerd must know. Paths are absolute. */
export interface ContainerdConfigOptions {
  /** '1.6.20', '1.7.2', '2.0.1': decides the form of the file. */
  readonly version: string;
  readonly root: string;
  readonly state: string;
  readonly socket: string;
  readonly sandboxImage?: string | undefined;
  readonly cniBin: string;
  readonly cniConf: string;
  readonly registryConfig: string;
  /** The host refuses to lower oom_score_adj (no CAP_SYS_RESOURCE): see `detectHost`. */
  readonly restrictOomScoreAdj: boolean;
  readonly snapshotter: 'overlayfs' | 'native';
}

export const defaultSandboxImage = 'registry.k8s.io/pause:3.10';

type TomlValue = string | number | boolean | readonly string[];
type TomlTable = Readonly<Record<string, TomlValue>>;

// They look for devices and file systems that a node has no use for, and say so at every start.
const disabledPlugins = [
  'io.containerd.snapshotter.v1.aufs',
  'io.containerd.snapshotter.v1.btrfs',
  'io.containerd.snapshotter.v1.devmapper',
  'io.containerd.snapshotter.v1.zfs',
  'io.containerd.snapshotter.v1.blockfile',
  'io.containerd.tracing.processor.v1.otlp',
  'io.containerd.internal.v1.tracing',
  'io.containerd.internal.v1.opt',
];

/** The text of containerd's configuration file: TOML of version 2 for containerd 1.x, of version 3 for 2.x. */
export function containerdConfig(options: ContainerdConfigOptions): string {
  const modern = majorOf(options.version) >= 2;
  const head: TomlTable = {
    version: modern ? 3 : 2,
    root: options.root,
    state: options.state,
    disabled_plugins: disabledPlugins,
  };
  const tables = [
    table([], head),
    table(['grpc'], { address: options.socket, max_recv_message_size: 16777216, max_send_message_size: 16777216 }),
    ...(modern ? modernTables(options) : classicTables(options)),
  ];
  return tables.join('\n');
}

function majorOf(version: string): number {
  return Number.parseInt(version.replace(/^v/, ''), 10) || 1;
}

function streamServer(): TomlTable {
  return { stream_server_address: '127.0.0.1', stream_server_port: '0', disable_tcp_service: true };
}

function runtimeTable(options: ContainerdConfigOptions): TomlTable {
  return {
    restrict_oom_score_adj: options.restrictOomScoreAdj,
    netns_mounts_under_state_dir: true,
    enable_unprivileged_ports: true,
    enable_unprivileged_icmp: true,
  };
}

function runcOptions(options: ContainerdConfigOptions): TomlTable {
  // The default root of runc is one for the whole host: nodes would see, and clean up, each other's containers.
  return { SystemdCgroup: false, Root: `${options.state}/runc` };
}

function classicTables(options: ContainerdConfigOptions): readonly string[] {
  const cri = ['plugins', 'io.containerd.grpc.v1.cri'];
  const runc = [...cri, 'containerd', 'runtimes', 'runc'];
  return [
    table(cri, {
      sandbox_image: options.sandboxImage ?? defaultSandboxImage,
      systemd_cgroup: false,
      ...runtimeTable(options),
      ...streamServer(),
    }),
    table([...cri, 'containerd'], { snapshotter: options.snapshotter, default_runtime_name: 'runc' }),
    table(runc, { runtime_type: 'io.containerd.runc.v2' }),
    table([...runc, 'options'], runcOptions(options)),
    table([...cri, 'cni'], { bin_dir: options.cniBin, conf_dir: options.cniConf, max_conf_num: 1 }),
    table([...cri, 'registry'], { config_path: options.registryConfig }),
  ];
}

function modernTables(options: ContainerdConfigOptions): readonly string[] {
  const images = ['plugins', 'io.containerd.cri.v1.images'];
  const runtime = ['plugins', 'io.containerd.cri.v1.runtime'];
  const runc = [...runtime, 'containerd', 'runtimes', 'runc'];
  return [
    table(images, { snapshotter: options.snapshotter }),
    table([...images, 'pinned_images'], { sandbox: options.sandboxImage ?? defaultSandboxImage }),
    table([...images, 'registry'], { config_path: options.registryConfig }),
    table(runtime, runtimeTable(options)),
    table([...runtime, 'containerd'], { default_runtime_name: 'runc' }),
    table(runc, { runtime_type: 'io.containerd.runc.v2', snapshotter: options.snapshotter }),
    table([...runc, 'options'], runcOptions(options)),
    table([...runtime, 'cni'], { bin_dir: options.cniBin, conf_dir: options.cniConf, max_conf_num: 1 }),
    table(['plugins', 'io.containerd.grpc.v1.cri'], streamServer()),
  ];
}

function table(path: readonly string[], values: TomlTable): string {
  const name = path.map((part) => (/^[\w-]+$/.test(part) ? part : JSON.stringify(part))).join('.');
  // JSON's strings, numbers, booleans and flat arrays are TOML's too.
  const lines = Object.entries(values).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  return `${path.length > 0 ? `[${name}]\n` : ''}${lines.join('\n')}\n`;
}
