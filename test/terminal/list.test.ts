import { expect, test } from 'vitest';
import { takeInHand, three } from './at-hand.ts';

const placed = three.replaceAll('<URL>', 'https://gitlab.example.com');

const listAt = async (columns: number, words: string[] = []): Promise<string> => {
  const hand = await takeInHand(placed, {});
  const terminal = hand.open(['list', ...words], { columns });
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  return terminal.screen().replaceAll(hand.folder, '<FOLDER>').split('\n').slice(0, 4).join('\n');
};

test('a wide terminal shows everything', async () => {
  expect(await listAt(140)).toBe(`\
#  NAME   EXECUTOR  URL                         ID  TOKEN          EXPIRES  IMAGE OR HOST
1  build  shell     https://gitlab.example.com  1   glrt-t1_firs…
2  build  docker    https://gitlab.example.com  2   glrt-t1_seco…           registry.example.com/images/a-rather-long-name:2026
3  old    shell     https://gitlab.example.com  3   glrt-t1_thir…`);
});

test('in a terminal of 100 columns the longest cells are cut', async () => {
  expect(await listAt(100)).toBe(`\
#  NAME   EXECUTOR  URL                         ID  TOKEN          IMAGE OR HOST
1  build  shell     https://gitlab.example.com  1   glrt-t1_firs…
2  build  docker    https://gitlab.example.com  2   glrt-t1_seco…  registry.example.com/images/a-ra…
3  old    shell     https://gitlab.example.com  3   glrt-t1_thir…`);
});

test('what is left out is said, with the way to see it', async () => {
  const hand = await takeInHand(placed, {});
  const terminal = hand.open(['list'], { columns: 60 });
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(terminal.screen().replace(/\s+/g, ' ')).toContain(
    'Hidden columns: EXPIRES (empty), IMAGE OR HOST. To show them: --wide',
  );
});

test('in a terminal of 60 columns what matters less is left out', async () => {
  expect(await listAt(60)).toBe(`\
#  NAME   EXECUTOR  URL                    ID  TOKEN
1  build  shell     https://gitlab.examp…  1   glrt-t1_firs…
2  build  docker    https://gitlab.examp…  2   glrt-t1_seco…
3  old    shell     https://gitlab.examp…  3   glrt-t1_thir…`);
});

test('in a very narrow terminal position and name are left', async () => {
  expect(await listAt(20)).toBe(`\
#  NAME   EXECUTOR
1  build  shell
2  build  docker
3  old    shell`);
});

test('a cell that is cut does not show the beginning of a secret', async () => {
  const url = 'https://user:a-password-that-is-long@gitlab.example.com';
  const [, token] = /token = "(.*)"/.exec(placed)!;
  const file = `${placed.replace('https://gitlab.example.com', url)}
[[runners]]
  name = "${token} is no name"
  url = "https://gitlab.example.com"
  token = "glrt-t1_another0000000000"
  executor = "shell"
`;
  const hand = await takeInHand(file, {});
  const terminal = hand.open(['list'], { columns: 80 });
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  const shown = terminal.screen();
  expect(shown).toContain('https://user:[');
  expect(shown).not.toContain('a-pass');
  expect(shown).not.toContain(token!.slice(0, 14));
});
