import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readFolder } from './harness/folder.ts';
import { houseFaults } from './harness/house.ts';

const src = resolve(import.meta.dirname, '../src');

test('the house stands', () => {
  const files = [...readFolder(src)].filter(([path]) => /\.[jt]s$/.test(path));
  const sources = Object.fromEntries(files.map(([path, { bytes }]) => [`src/${path}`, String(bytes)]));
  const tests = [...readFolder(import.meta.dirname), ...readFolder(resolve(src, '../bin'))].filter(([path]) =>
    /\.[jt]s$/.test(path),
  );
  const users = Object.fromEntries(tests.map(([path, { bytes }]) => [`test/${path}`, String(bytes)]));
  expect(files.length).toBeGreaterThan(0);
  expect(houseFaults(sources, users)).toEqual([]);
});

describe('the test of the house', () => {
  const faultsOf = (path: string, text: string) => houseFaults({ [path]: text });

  test.each([
    [
      'src/config/edit.ts',
      'imports settings, and config must not know it',
      "import { row } from '../settings/table.ts';",
    ],
    [
      'src/gitlab/calls.ts',
      'imports runner, and gitlab must not know it',
      "import type { Plan } from '../runner/plan.ts';",
    ],
    [
      'src/settings/kinds.ts',
      'imports config, and settings must not know it',
      "export * from '../config/keys.ts';",
    ],
    [
      'src/host/docker.ts',
      'imports terminal, and host must not know it',
      "export { ask } from '../terminal/ask.ts';",
    ],
    [
      'src/runner/plan.ts',
      'imports gitlab, and runner must not know it',
      "const later = () => import('../gitlab/calls.ts');",
    ],
    [
      'src/runner/plan.ts',
      'imports config, and runner must not know it',
      "import { editConfig } from '../config/edit.ts';",
    ],
    [
      'src/runner/rules/load.ts',
      'imports config, and runner must not know it',
      "import { keyOf } from '../../config/keys.ts';",
    ],
    [
      'src/terminal/ask.ts',
      'imports runner, and terminal must not know it',
      "type Plan = import('../runner/plan.ts').Plan;",
    ],
    [
      'src/terminal/deep/ask.ts',
      'imports commands, and terminal must not know it',
      "import '../../commands/edit.ts';",
    ],
    ['src/main.ts', 'imports gitlab, and main must not know it', "import '../src/gitlab/calls.ts';"],
    ['src/commands/edit.ts', 'imports main, and commands must not know it', "import '../main.ts';"],
    [
      'src/config/edit.ts',
      'imports package.json, and config must not know it',
      "import { version } from '../../package.json';",
    ],
    ['src/errors.ts', 'imports settings, and errors must not know it', "import './settings/kinds.ts';"],
    ['src/world.ts', 'imports host, and world must not know it', "import './host/docker.ts';"],
    ['src/text/wrap.ts', 'imports settings, and text must not know it', "import '../settings/kinds.ts';"],
    ['src/engine/run.ts', 'imports host, and engine must not know it', "import '../host/names.ts';"],
    ['src/app/rollback.ts', 'imports main, and app must not know it', "import '../main.ts';"],
    [
      'src/config/edit.ts',
      'imports bin/runner-setup.js, and config must not know it',
      "import { main } from '../../bin/runner-setup.js';",
    ],
    ['src/commands/edit.ts', 'imports chalk, whose home is terminal', "import chalk from 'chalk';"],
    [
      'src/commands/edit.ts',
      'imports @inquirer/prompts, whose home is terminal',
      "const { select } = await import('@inquirer/prompts');",
    ],
    ['src/host/docker.ts', 'imports undici, whose home is gitlab', "import { request } from 'undici';"],
    [
      'src/host/docker.ts',
      'imports undici/lib/agent.js, whose home is gitlab',
      "const agent = require('undici/lib/agent.js');",
    ],
    ['src/runner/block.ts', 'imports @iarna/toml, whose home is config', "import toml from '@iarna/toml';"],
    ['src/terminal/show.ts', 'imports diff, whose home is config', "import { diffLines } from 'diff';"],
    ['src/terminal/show.ts', 'imports lodash, which has no home', "import _ from 'lodash';"],
    [
      'src/terminal/show.ts',
      'imports something that only the run can tell',
      'const it = await import(name);',
    ],
    ['src/config/edit.ts', 'uses process, which only world.ts may touch', 'const here = process.cwd();'],
    ['src/config/edit.ts', 'uses process, which only world.ts may touch', 'const it = { process };'],
    [
      'src/config/edit.ts',
      'imports process, which only world.ts may touch',
      "import { env } from 'node:process';",
    ],
    [
      'src/config/edit.ts',
      'imports process, which only world.ts may touch',
      "import { env } from 'process';",
    ],
    [
      'src/engine/run.ts',
      'imports child_process, which only child.ts may use',
      "import { spawn } from 'node:child_process';",
    ],
    [
      'src/app/save.ts',
      'asks for the platform by name, which only host/platform may do',
      "const isWindows = world.platform === 'win32';",
    ],
    ['src/engine/run.ts', 'imports host, and engine must not know it', "import '../host/platform/linux.ts';"],
    ['src/config/utils/cut.ts', 'is in utils, a name that says nothing', ''],
    ['src/config/helpers.ts', 'is in helpers.ts, a name that says nothing', ''],
    ['src/tools/cut.ts', 'stands in no room of the house', ''],
    [
      'src/config/edit.ts',
      'has a function of 51 lines at line 2, 50 are the limit',
      `\nconst cut = () => {${'\n'.repeat(50)}};`,
    ],
  ])('%s %s', (path, fault, text) => {
    expect(faultsOf(path, text)).toEqual([`${path}: ${fault}`]);
  });

  test.each([
    [
      'src/commands/edit/plan.ts',
      "import '../register/plan.ts';",
      'imports register, and the folder of edit must not know it',
    ],
    [
      'src/commands/edit/menu.ts',
      "const later = () => import('../preset/output.ts');",
      'imports preset, and the folder of edit must not know it',
    ],
    [
      'src/commands/completion/answer.ts',
      "import { commands } from '../index.ts';",
      'imports the registry, and the folder of completion must not know it',
    ],
    [
      'src/commands/container/status/index.ts',
      "import '../upgrade/state.ts';",
      'imports container/upgrade, and the folder of container/status must not know it',
    ],
    ['src/app/diff.ts', "import '../commands/edit/plan.ts';", 'imports commands, and app must not know it'],
  ])('%s may not be: %s', (path, text, fault) => {
    expect(faultsOf(path, text)).toEqual([`${path}: ${fault}`]);
  });

  test('an export that nobody takes is named', () => {
    const sources = {
      'src/text/fold.ts': 'export const fold = 1;\nexport const unfold = 2;\nexport type Width = number;\n',
      'src/terminal/say.ts': "import { fold } from '../text/fold.ts';",
    };
    const tests = { 'test/rooms/wrap.test.ts': "import type { Width } from '../../src/text/fold.ts';" };
    expect(houseFaults(sources, tests)).toEqual(['src/text/fold.ts: exports unfold, which nobody takes']);
  });

  test('files that import each other in a circle are named once', () => {
    const sources = {
      'src/config/edit.ts': "import './runners.ts';",
      'src/config/runners.ts': "import type { State } from './state.ts';",
      'src/config/state.ts': "const later = () => import('./edit.ts');",
      'src/config/keys.ts': "import './edit.ts';",
    };
    const way = ['edit', 'runners', 'state', 'edit'].map((name) => `src/config/${name}.ts`).join(' -> ');
    expect(houseFaults(sources)).toEqual([`files import each other in a circle: ${way}`]);
  });

  test.each([
    [
      'src/commands/edit.ts',
      "import '../config/edit.ts'; import '../gitlab/calls.ts'; import '../world.ts'; import './list.ts';",
    ],
    [
      'src/runner/plan.ts',
      "import type { Row } from '../settings/table.ts'; import { Trouble } from '../errors.ts';",
    ],
    [
      'src/main.ts',
      "import { parse } from './terminal/options.ts'; const edit = () => import('./commands/edit.ts');",
    ],
    [
      'src/config/edit.ts',
      "import { join } from 'node:path'; import toml from '@iarna/toml'; import './keys.ts';",
    ],
    [
      'src/config/edit.ts',
      "// import chalk from 'chalk'\nconst text = \"import 'undici'; process.exit()\"; world.process.exit();",
    ],
    ['src/world.ts', 'const world = { env: process.env, process: 1 };'],
    ['src/engine/find.ts', "import { platformOf } from '../host/platform/index.ts';"],
    ['src/host/platform/windows.ts', "const isHere = platform === 'win32';"],
    ['src/config/edit.ts', "import { wrap } from '../text/wrap.ts';"],
    ['src/runner/rules/load.ts', "import { valueAt } from '../../config/model.ts';"],
    ['src/commands/edit.ts', "import '../app/rollback.ts'; import '../engine/run.ts';"],
  ])('%s may be: %s', (path, text) => {
    expect(faultsOf(path, text)).toEqual([]);
  });
});
