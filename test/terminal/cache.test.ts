import { afterEach, expect, test } from 'vitest';
import { startStorage } from '../storage/stand-in.ts';
import { takeInHand } from './at-hand.ts';
import { asked } from './journey.ts';

const config = `# ours
[[runners]]
  name = "build"
  url = "<URL>"
  token = "glrt-t1_first000000000001"
  executor = "shell" # the usual one
`;

const secrets = ['right-secret-key', 'wrong-secret-key'];
const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function setOut(words: readonly string[] = []) {
  const storage = await startStorage({ kind: 's3', keys: { AKIACI: secrets[0]! }, buckets: ['ci-cache'] });
  ends.push(() => storage.close());
  const hand = await takeInHand(config, {});
  const terminal = hand.open(['cache', ...words], { columns: 100 });
  const answer = async (question: string, typed = '') => {
    await terminal.waitFor(asked(question));
    if (typed !== '') terminal.type(typed);
    terminal.press('enter');
  };
  return { storage, hand, terminal, answer };
}

test('the wizard sets up MinIO, tests it, and lets a wrong key be corrected before anything is written', async () => {
  const { storage, hand, terminal, answer } = await setOut();
  await answer('Where is the cache stored?');
  await answer('Endpoint', `http://${storage.host}`);
  await answer('Bucket', 'ci-cache');
  await answer('Region');
  await answer('Put the bucket name in the path');
  await answer('Access key', 'AKIACI');
  await answer('Secret key', secrets[1]);
  await answer('Prefix', 'ci/linux');
  await answer('Share the cache between runners?', 'y');
  await answer('Test these settings first?');
  await terminal.waitFor('The secret key does not belong to the access key.');
  expect(hand.file()).not.toContain('cache');
  await answer('Next step, as the cache does not work');
  for (const question of [
    'Where is the cache',
    'Endpoint',
    'Use HTTP',
    'Bucket',
    'Region',
    'Put the bucket name',
  ])
    await answer(question);
  await answer('Access key (empty: unchanged)');
  await answer('Secret key (empty: unchanged)', secrets[0]);
  await answer('Prefix');
  await answer('Share the cache between runners?');
  await answer('Test these settings first?');
  await terminal.waitFor('works (ci-cache at');
  await answer('Apply these changes?');
  expect((await terminal.ended).code).toBe(0);
  const seen = terminal.everSent().replaceAll('\n', '');
  expect(secrets.filter((secret) => seen.includes(secret))).toEqual([]);
  expect(storage.held.size).toBe(0);
  expect(hand.file()).toContain(`  executor = "shell" # the usual one
  [runners.cache]
    Type = "s3"
    Path = "ci/linux"
    Shared = true
    [runners.cache.s3]
      ServerAddress = "${storage.host}"
      AccessKey = "AKIACI"
      SecretKey = "right-secret-key"
      BucketName = "ci-cache"
      BucketLocation = "us-east-1"
      Insecure = true
      PathStyle = true
`);
});

test('flags leave only what is missing to be asked, and Ctrl-C leaves the file as it was', async () => {
  const { hand, terminal, answer } = await setOut(['setup', 'build', '--cache-type', 'azure']);
  await answer('Storage account', 'Acme');
  await terminal.waitFor('an account name: 3 to 24 lowercase letters and digits');
  terminal.type('acme');
  terminal.press('enter');
  await answer('Container', 'ci-cache');
  await terminal.waitFor('Test these settings first?');
  terminal.press('ctrl-c');
  expect((await terminal.ended).code).toBe(130);
  expect(hand.file()).not.toContain('cache');
});
