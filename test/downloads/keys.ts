import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Two keys of gpg, made for one run: the one that is published, and another one. */
export function makeKeys(): {
  fingerprint: string;
  /** As text. */
  publicKey: Buffer;
  /** A detached signature, as text. */
  sign(content: string, byOther: boolean): Buffer;
  remove(): void;
} {
  const home = mkdtempSync(join(tmpdir(), 'keys-'));
  const gpg = (words: string[], input = '') =>
    execFileSync(
      'gpg',
      ['--homedir', home, '--batch', '--quiet', '--pinentry-mode', 'loopback', '--passphrase', '', ...words],
      {
        input,
        stdio: ['pipe', 'pipe', 'ignore'],
      },
    );
  const names = ['release@example.com', 'other@example.com'] as const;
  for (const name of names) gpg(['--quick-generate-key', name, 'ed25519', 'sign', 'never']);
  const listed = String(gpg(['--with-colons', '--list-keys', names[0]]));
  return {
    fingerprint: /^fpr:+([0-9A-F]{40}):/m.exec(listed)![1]!,
    publicKey: gpg(['--armor', '--export', names[0]]),
    sign: (content, byOther) =>
      gpg(['--armor', '--local-user', names[byOther ? 1 : 0], '--detach-sign'], content),
    remove() {
      execFileSync('gpgconf', ['--homedir', home, '--kill', 'gpg-agent'], { stdio: 'ignore' });
      rmSync(home, { recursive: true, force: true });
    },
  };
}
