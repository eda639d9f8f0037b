import { command } from './command.ts';
import { addressOf, device, subnet } from './site.ts';

/** Packets to the members must never leave through the host, whoever sends them. */
export function closeHost(): void {
  command('ip', 'route', 'replace', 'unreachable', subnet, 'metric', '4294967000');
}

/** A namespace that joins others and has no address itself. */
export function addSwitch(name: string): void {
  command('ip', 'netns', 'add', name);
  command('ip', '-n', name, 'link', 'add', 'br0', 'type', 'bridge');
  command('ip', '-n', name, 'link', 'set', 'br0', 'up');
}

/** A namespace with one device, whose other end is at the switch. It reaches its own subnet and has no other route. */
export function addHost(name: string, host: number, switchName: string): void {
  const port = `port${host}`;
  command('ip', 'netns', 'add', name);
  command('ip', 'link', 'add', device, 'netns', name, 'type', 'veth', 'peer', 'name', port, 'netns', switchName);
  command('ip', '-n', switchName, 'link', 'set', port, 'master', 'br0', 'up');
  command('ip', '-n', name, 'link', 'set', 'lo', 'up');
  command('ip', '-n', name, 'address', 'add', `${addressOf(host)}/24`, 'dev', device);
  command('ip', '-n', name, 'link', 'set', device, 'up');
}
