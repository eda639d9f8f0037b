import { describe, expect, it } from 'vitest';
import { readFlags } from './read-flags.ts';

type Said = Readonly<Record<string, string>>;

const read = (args: readonly string[], environment: Said = {}, config: Readonly<Record<string, unknown>> = {}) => {
  const { values, remarks } = readFlags(args, environment, () => config);
  return { said: Object.fromEntries(values), remarks };
};

describe('flags', () => {
  it.each<[string[], Said]>([
    [['--name=a'], { name: 'a' }],
    [['--name', 'a', '--data-dir', '/d'], { name: 'a', 'data-dir': '/d' }],
    [['-name', 'a'], { name: 'a' }],
    [['--initial-cluster=a=http://x:1,b=http://y:1'], { 'initial-cluster': 'a=http://x:1,b=http://y:1' }],
    [['--client-cert-auth', '--name', 'a'], { 'client-cert-auth': 'true', name: 'a' }],
    [['--client-cert-auth=false'], { 'client-cert-auth': 'false' }],
    [['--quota-backend-bytes=-1'], { 'quota-backend-bytes': '-1' }],
    [['--name='], { name: '' }],
    [['-h'], { help: 'true' }],
    [['--force-new-cluster', '--name', 'a'], { 'force-new-cluster': 'true', name: 'a' }],
    [['--experimental-max-learners', '3'], { 'max-learners': '3' }],
    [['--history-retention', '24h'], { 'history-retention': '24h' }],
  ])('%j', (args, expected) => {
    expect(read(args).said).toEqual(expected);
  });

  it('win over the environment', () => {
    const environment = { ETCD_NAME: 'e', ETCD_DATA_DIR: '/e', ETCD_UNRELATED: '1', ETCDCTL_API: '3', HOME: '/' };
    expect(read(['--name=f'], environment).said).toEqual({ name: 'f', 'data-dir': '/e' });
  });

  it('count for nothing beside a configuration file', () => {
    const config = {
      name: 'c',
      'heartbeat-interval': 50,
      'initial-cluster': null,
      'peer-transport-security': { 'cert-file': '/p.crt', 'client-cert-auth': true },
      'client-transport-security': { 'trusted-ca-file': '/ca.crt', 'key-file': '' },
    };
    expect(read(['--name=f', '--config-file=x'], { ETCD_DATA_DIR: '/e' }, config).said).toEqual({
      name: 'c',
      'heartbeat-interval': '50',
      'peer-cert-file': '/p.crt',
      'peer-client-cert-auth': 'true',
      'trusted-ca-file': '/ca.crt',
    });
  });

  it.each([
    ['--enable-pprof', 'profile with the tools of Node.js'],
    ['--experimental-initial-corrupt-check=true', 'what it is for is not offered here'],
    ['--feature-gates=InitialCorruptCheck=true', 'what it is for is not offered here'],
    ['--logger=zap', 'there is one logger'],
  ])('takes %s with a word', (flag, word) => {
    const { said, remarks } = read([flag, '--name=a']);
    expect(said).toEqual({ name: 'a' });
    expect(remarks).toEqual([`${flag.split('=')[0]} has no effect: ${word}`]);
  });

  it.each([
    [['--naem=x'], 'there is no flag --naem. Is --name meant?'],
    [['--listen-client-url=x'], 'Is --listen-client-urls meant?'],
    [['--xyzzy'], 'there is no flag --xyzzy. See --help.'],
    [['--name'], '--name needs a value.'],
    [['serve'], "'serve' is not a flag. Flags begin with --."],
    [['--discovery=x'], '--discovery is not supported. Name the members with --initial-cluster.'],
    [['--client-crl-file', 'x'], '--client-crl-file is not supported.'],
  ])('refuses %j: %s', (args, words) => {
    expect(() => read(args)).toThrow(words);
  });

  it('refuses what an environment or a file asks for and is not there', () => {
    expect(() => read([], { ETCD_DISCOVERY: 'x' })).toThrow('--discovery is not supported');
    expect(() => read(['--config-file=x'], {}, { nmae: 'x' })).toThrow('there is no flag --nmae');
    expect(() => read(['--config-file=x'], {}, { 'client-transport-security': 'x' })).toThrow('is not a section');
  });
});
