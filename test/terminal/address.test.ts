import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { block, head } from './blocks.ts';
import { type Answer, everyday, setOut, tokens } from './journey.ts';

const asShell = ['--executor', 'shell', '--concurrent', '1', '--name', 'build-1', '--yes'];
const written = () => head(1) + block({ name: 'build-1', id: 7, token: tokens.authentication }, 'shell');

/** The talk of the wizard up to now, on the whole screen, addresses that change put as `<URL>` and `<HOST>`. */
const talk = (screen: string, url: string) =>
  screen.replaceAll(url, '<URL>').replaceAll(new URL(url).host, '<HOST>');

test('an address that is none is asked for again', async () => {
  const journey = await setOut();
  const terminal = journey.register(asShell, { columns: 160 });
  await journey.answer(terminal, ['GitLab URL', 'my gitlab']);
  await terminal.waitFor('it contains spaces');
  await journey.answer(terminal, ['GitLab URL', 'ftp://gitlab']);
  await terminal.waitFor('not ftp:');
  await journey.answer(terminal, ['GitLab URL', journey.gitlab.url]);
  await terminal.waitFor('? Token');
  expect(talk(terminal.screen(), journey.gitlab.url)).toBe(
    `error: "my gitlab" is not a URL, because it contains spaces.
 next: Use the URL of the GitLab start page, for example https://gitlab.example.com
error: A GitLab URL begins with https:// or http://, not ftp:.
 next: Use the URL of the GitLab start page, for example https://gitlab.example.com
✔ GitLab URL <URL>
note: Create a token here:
        instance runner  <URL>/admin/runners/new
        group runner     <URL>/groups/GROUP/-/runners/new
        project runner   <URL>/GROUP/PROJECT/-/runners/new
        access token     <URL>/-/user_settings/personal_access_tokens?name=runner-setup&scopes=create_runner
? Token (glrt-…, glpat-…, or a registration token)
Esc back`,
  );
  await journey.answer(terminal, ['Token', tokens.authentication]);
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(journey.file()).toBe(written());
});

test.each<[string, (url: string) => Answer[], string]>([
  [
    'no such host',
    () => [['GitLab URL', 'https://gitlab.invalid']],
    'error: The host gitlab.invalid was not found.',
  ],
  [
    'a port at which nothing listens',
    () => [['GitLab URL', 'http://127.0.0.1:1']],
    'error: Cannot connect to 127.0.0.1:1.',
  ],
  [
    'https where http is spoken, and no',
    (url) => [
      ['GitLab URL', url.replace('http:', 'https:')],
      ['Use http://127.0.0.1', 'n'],
    ],
    'uses HTTP, not HTTPS.',
  ],
  [
    'a repair that is not wanted',
    (url) => [
      ['GitLab URL', `${url}/api/v4`],
      ['Use http://127.0.0.1', 'n'],
    ],
    'Removed /api/v4.',
  ],
])('%s: said, asked again, then right', async (_, wrong, said) => {
  const journey = await setOut();
  const terminal = journey.register(asShell);
  await journey.answer(terminal, ...wrong(journey.gitlab.url));
  await terminal.waitFor(said);
  await journey.answer(terminal, ['GitLab URL', journey.gitlab.url], ['Token', tokens.authentication]);
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(journey.file()).toBe(written());
});

test.each<[string, (url: string) => Answer[], string]>([
  [
    'a pasted project',
    (url) => [
      ['GitLab URL', `${url}/acme/app`],
      [`Use ${url}?`, 'y'],
    ],
    '/acme/app is a page of the GitLab at',
  ],
  [
    'a pasted page',
    (url) => [
      ['GitLab URL', `${url}/acme/app/-/settings/ci_cd`],
      [`Use ${url}?`, 'y'],
    ],
    'Removed /-/settings/ci_cd.',
  ],
  [
    'the address of the API',
    (url) => [
      ['GitLab URL', `${url}/api/v4/`],
      [`Use ${url}?`, 'y'],
    ],
    'Removed /api/v4/.',
  ],
  [
    'an address without scheme',
    (url) => [['GitLab URL', url.slice('http://'.length)]],
    'No scheme given; assuming http://.',
  ],
  [
    'https where http is spoken',
    (url) => [
      ['GitLab URL', url.replace('http:', 'https:')],
      [`Use ${url}?`, 'y'],
    ],
    'uses HTTP, not HTTPS.',
  ],
])('%s is repaired, and confirmed once where more than the scheme was changed', async (_, repair, said) => {
  const journey = await setOut();
  const terminal = journey.register(asShell);
  await journey.answer(terminal, ...repair(journey.gitlab.url), ['Token', tokens.authentication]);
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(terminal.everSent()).toContain(said);
  expect(journey.file()).toBe(written());
});

test('an address that was refused is corrected in place, or replaced by what is typed', async () => {
  const journey = await setOut();
  const { url } = journey.gitlab;
  const terminal = journey.register(asShell, { rows: 50 });
  await journey.answer(terminal, ['GitLab URL', 'http://127.0.0.1:12']);
  await terminal.waitFor('error:');
  await terminal.waitFor('? GitLab URL http://127.0.0.1:12');
  await terminal.waitFor('Type a new value, or press ← to correct this one.');
  terminal.press('backspace', 'backspace');
  terminal.type(`${new URL(url).port}\r`);
  await terminal.waitFor(`✔ GitLab URL ${url}`);
  expect(terminal.screen().match(/✔ GitLab URL/g)).toHaveLength(1);
  await journey.answer(terminal, ['Token', tokens.authentication]);
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
});

test('a CA file in place of a certificate that is not trusted; one that cannot be read is asked for again', async () => {
  const journey = await setOut({ ...everyday, https: true });
  const { url, certificates } = journey.gitlab;
  const ca = join(journey.folder, 'ca.crt');
  writeFileSync(ca, certificates!.ca);
  const terminal = journey.register(asShell, { columns: 120, rows: 70 });
  await journey.answer(terminal, ['GitLab URL', url], ['Trust this certificate?', 'Use a CA']);
  await journey.answer(terminal, ['CA certificate file', join(journey.folder, 'none.crt')]);
  await terminal.waitFor('none.crt');
  await terminal.waitFor(/^error: .*none.crt/m);
  await journey.answer(terminal, ['CA certificate file', ca], ['Token', tokens.authentication]);
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(journey.file()).toContain('tls-ca-file = "<FOLDER>/ca.crt"');
});

test('a certificate that is not trusted is shown, and asked about', async () => {
  const journey = await setOut({ ...everyday, https: true });
  const { url, certificates, chain } = journey.gitlab;
  const terminal = journey.register(asShell, { columns: 120, rows: 50 });
  await journey.answer(terminal, ['GitLab URL', url]);
  await terminal.waitFor(certificates!.fingerprint);
  await journey.answer(terminal, ['Trust this certificate?']);
  await journey.answer(terminal, ['GitLab URL', url], ['Trust this certificate?', 'y']);
  await journey.answer(terminal, ['Token', tokens.authentication]);
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  const crt = readFileSync(join(journey.folder, 'certs', '127.0.0.1.crt'), 'utf8');
  expect(crt).toBe(chain);
  expect(journey.file()).toBe(
    written().replace('  executor = ', '  tls-ca-file = "<FOLDER>/certs/127.0.0.1.crt"\n  executor = '),
  );
  expect(journey.requests()).toHaveLength(2);
});
