import { attempt, command } from '../yard/command.ts';
import { device, type MemberSite } from '../yard/site.ts';

/** What a member's namespace lets through; by nftables inside it. */
export interface Firewall {
  /** Drops what comes from these, and what goes to them. */
  block(peers: readonly MemberSite[], way?: 'in' | 'out' | 'both'): void;
  /** Drops so many of a hundred packets, each way, clients' too. */
  lose(percent: number): void;
  /** Lets out so much, holding back the rest for up to `queueMs`. */
  slow(kilobitsPerSecond: number, queueMs: number): void;
  /** Delays what goes out. False where the kernel has no netem. */
  delay(ms: number, jitterMs: number): boolean;
  /** Everything through again. */
  open(): void;
}

const table = 'inet faults';

export function createFirewall({ namespace }: MemberSite): Firewall {
  const nft = (script: string): void => void command('ip', 'netns', 'exec', namespace, 'nft', script);
  const addRules = (rules: readonly { readonly way: 'in' | 'out'; readonly match: string }[]): void => {
    const chain = (way: 'in' | 'out'): string =>
      `add chain ${table} ${way} { type filter hook ${way}put priority 0; policy accept; };`;
    const lines = rules.map(({ way, match }) =>
      `add rule ${table} ${way} iif != lo ${match} drop;`.replace('iif !=', way === 'in' ? 'iifname !=' : 'oifname !='),
    );
    nft([`add table ${table};`, chain('in'), chain('out'), ...lines].join(' '));
  };
  const ways = ['in', 'out'] as const;
  return {
    block(peers, way = 'both') {
      const addresses = `{ ${peers.map(({ address }) => address).join(', ')} }`;
      addRules(
        ways
          .filter((each) => way === 'both' || way === each)
          .map((each) => ({ way: each, match: `ip ${each === 'in' ? 'saddr' : 'daddr'} ${addresses}` })),
      );
    },
    lose: (percent) => addRules(ways.map((way) => ({ way, match: `numgen random mod 100 < ${percent}` }))),
    slow(kilobitsPerSecond, queueMs) {
      const shape = ['tbf', 'rate', `${kilobitsPerSecond}kbit`, 'burst', '4kb', 'latency', `${queueMs}ms`];
      command('tc', '-n', namespace, 'qdisc', 'replace', 'dev', device, 'root', ...shape);
    },
    delay: (ms, jitterMs) =>
      attempt(
        'tc',
        '-n',
        namespace,
        'qdisc',
        'replace',
        'dev',
        device,
        'root',
        'netem',
        'delay',
        `${ms}ms`,
        `${jitterMs}ms`,
      ) !== undefined,
    open() {
      nft(`add table ${table}; delete table ${table};`);
      attempt('tc', '-n', namespace, 'qdisc', 'delete', 'dev', device, 'root');
    },
  };
}
