import { describe, expect, it } from 'vitest';
import { check, type Floor, importsOf, type Room } from './check.ts';

const room = (packageName: string, floor: Floor, scope: string, more: Partial<Room> = {}): Room => ({
  packageName,
  floor,
  scope,
  folders: [],
  dependencies: new Set([
    '@trireme/base',
    '@trireme/store',
    '@trireme/adapter-disk',
    '@trireme/client',
    'left-pad',
    'yaml',
  ]),
  ...more,
});
const rooms = new Map(
  [
    room('@trireme/base', 'base', 'shared'),
    room('@trireme/store', 'host', 'store'),
    room('@trireme/client', 'host', 'api'),
    room('@trireme/adapter-disk', 'adapter', 'shared'),
  ].map((each) => [each.packageName, each]),
);
const rulesOf = (from: Room, text: string, path = 'src/a.ts'): string[] =>
  check({ room: from, path, text }, rooms).map((violation) => violation.rule);

describe('floors', () => {
  const core = room('@trireme/x', 'core', 'cluster');
  const host = room('@trireme/y', 'host', 'cluster');

  it.each([
    ['core on base', core, "import { a } from '@trireme/base';", []],
    ['core with I/O', core, "import { a } from 'node:fs';", ['floor core does no I/O: take a port']],
    ['host with I/O', host, "import { a } from 'http';", ['floor host does no I/O: take a port']],
    ['core on host', core, "import { a } from '@trireme/client';", ['floor core may not import floor host']],
    [
      'host on adapter',
      host,
      "export { a } from '@trireme/adapter-disk';",
      ['floor host may not import floor adapter'],
    ],
    ['cluster on store', host, "import { a } from '@trireme/store';", ['scope cluster may not see scope store']],
    [
      'core on an unknown library',
      core,
      "import a from 'left-pad';",
      ['floor core may use only libraries known to be pure (yaml, dns-packet)'],
    ],
    ['core on a pure library', core, "import a from 'yaml';", []],
    [
      'undeclared',
      core,
      "import a from 'nope';",
      [
        'is not declared in the dependencies of package.json',
        'floor core may use only libraries known to be pure (yaml, dns-packet)',
      ],
    ],
    [
      'by path',
      core,
      "import a from '../../base/src/index.ts';",
      ['reaches into another package by path: import its name'],
    ],
    ['dynamic', core, "const a = await import('node:net');", ['floor core does no I/O: take a port']],
  ])('%s', (_, from, text, expected) => {
    expect(rulesOf(from as Room, text as string)).toEqual(expected);
  });

  it('a folder has a floor of its own', () => {
    const store = room('@trireme/store', 'host', 'store', { folders: [['src/raft', 'core']] });
    expect(rulesOf(store, "import { a } from '../member/a.ts';", 'src/raft/step.ts')).toEqual([
      'a core folder may not import a host folder',
    ]);
    expect(rulesOf(store, "import { a } from '../raft/step.ts';", 'src/member/a.ts')).toEqual([]);
  });

  it('tests may import what their package declares', () => {
    expect(rulesOf(core, "import { a } from 'node:fs';", 'src/a.test.ts')).toEqual([]);
  });

  it('sees imports over several lines, and not those in comments', () => {
    expect(
      importsOf(
        "import {\n  a,\n  b,\n} from './x.ts';\n// import { c } from './y.ts';\n * import { d } from './z.ts';",
      ),
    ).toEqual(['./x.ts']);
  });
});
