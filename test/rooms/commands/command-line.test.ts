import { describe, expect, test } from 'vitest';
import { shownCommandLine } from '../../../src/app/command-line.ts';

describe('a command line that is kept', () => {
  test.each([
    ['register -n --token glrt-t1_aaaaaaaaaaaaaaaaaaaa --limit 2', 'register -n --token [hidden] --limit 2'],
    ['register --token=secretword', 'register --token=[hidden]'],
    ['register -t secretword', 'register -t [hidden]'],
    ['register -token secretword', 'register -token [hidden]'],
    ['register -r secretword --env A=b', 'register -r [hidden] --env A=…'],
    ['register --access-token plainword', 'register --access-token [hidden]'],
    ['unregister --pat plainword build-1', 'unregister --pat [hidden] build-1'],
    ['register --access-token-file f --token-file g', 'register --access-token-file f --token-file g'],
    ['edit build-1 --set environment=PASSWORD=x', 'edit build-1 --set environment=PASSWORD=…'],
    [
      'edit build-1 --add environment=A=b --set docker.memory=2g',
      'edit build-1 --add environment=A=… --set docker.memory=2g',
    ],
    ['edit build-1 --set cache.s3.SecretKey=abcd', 'edit build-1 --set cache.s3.SecretKey=[hidden]'],
    ['edit build-1 --set token=abcd', 'edit build-1 --set token=[hidden]'],
    ['edit build-1 --proxy http://ada:pw@proxy:3128', 'edit build-1 --proxy http://[hidden]@proxy:3128'],
    ['edit glrt-t1_aaaaaaaaaaaaaaaaaaaa --limit 3', 'edit … --limit 3'],
    [
      'registry-auth add --registry r.example --user ada --password pw1',
      'registry-auth add --registry r.example --user ada --password [hidden]',
    ],
    [
      'edit --global --unset environment --remove docker.dns=10.0.0.2',
      'edit --global --unset environment --remove docker.dns=10.0.0.2',
    ],
  ])('%s', (given, shown) => {
    expect(shownCommandLine(given.split(' ')).replaceAll(/['"]/g, '')).toBe(`runner-setup ${shown}`);
  });

  test('has quotes where a shell needs them, stands on one line, and is not long', () => {
    expect(shownCommandLine(['edit', '#1', '--name', 'a b'])).toBe("runner-setup edit '#1' --name 'a b'");
    expect(shownCommandLine(['edit', 'a\nb'])).not.toContain('\n');
    expect(shownCommandLine(['edit', 'a'.repeat(5000)])).toHaveLength(1001);
  });
});
