import { expect, test } from 'vitest';
import { commandProgram } from './command-program.ts';

const context = { env: new Map([['NAME', 'world']]), hostname: 'web-0' };
const out = (line: string) => ({ do: 'log', line, stream: 'stdout' });
const err = (line: string) => ({ do: 'log', line, stream: 'stderr' });
const wait = (ms: number) => ({ do: 'wait', ms });
const exit = (code: number) => ({ do: 'exit', code });

test.each([
  ['true', ['true'], [exit(0)]],
  ['false', ['/bin/false'], [exit(1)]],
  ['sleep', ['sleep', '3'], [wait(3000), exit(0)]],
  ['sleep with unit', ['sleep', '1.5m'], [wait(90_000), exit(0)]],
  ['sleep for ever', ['sleep', 'infinity'], []],
  ['sleep as pause does', ['sleep', '2147483647'], []],
  ['echo', ['echo', 'a', 'b'], [out('a b'), exit(0)]],
  ['busybox applet', ['busybox', 'echo', 'a'], [out('a'), exit(0)]],
  ['hostname', ['hostname'], [out('web-0'), exit(0)]],
  ['env', ['env'], [out('NAME=world'), exit(0)]],
  ['printenv of nothing', ['printenv', 'NOPE'], [exit(1)]],
  ['exit code', ['sh', '-c', 'exit 3'], [exit(3)]],
  ['exit code beyond a byte', ['sh', '-c', 'exit 257'], [exit(1)]],
  ['sequence', ['sh', '-c', 'echo hello $NAME; sleep 1; false'], [out('hello world'), wait(1000), exit(1)]],
  ['quotes', ['sh', '-c', `echo 'a; $NAME' "b; \${NAME}"`], [out('a; $NAME b; world'), exit(0)]],
  ['stderr', ['sh', '-c', 'echo oops >&2; echo also 1>&2'], [err('oops'), err('also'), exit(0)]],
  ['and', ['sh', '-c', 'false && echo no'], [exit(1)]],
  ['or', ['sh', '-c', 'false || echo yes'], [out('yes'), exit(0)]],
  ['redirected output is not logged', ['sh', '-c', 'echo hi > /tmp/x'], [exit(0)]],
  ['a server in a script runs on', ['sh', '-c', 'mkdir -p /www && httpd -f'], []],
  ['nothing after exit', ['sh', '-c', 'exit 1; echo no'], [exit(1)]],
  [
    'loop',
    ['sh', '-c', 'echo up; while true; do echo tick; sleep 1; done'],
    [out('up'), out('tick'), wait(1000), { do: 'repeat', from: 1 }],
  ],
])('%s', (_name, command, program) => {
  expect(commandProgram(command, context)).toEqual(program);
});

test.each([[['nginx', '-g', 'daemon off;']], [['sh']], [[]]])('does not know %j', (command) => {
  expect(commandProgram(command, context)).toBeUndefined();
});
