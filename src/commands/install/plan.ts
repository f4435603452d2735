import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { misuse, wordOf } from '../../app/invocation.ts';
import { inRoot, packagesBelow } from '../../app/system-commands.ts';
import { packageServer, unsupported } from '../../host/packages/index.ts';
import type {
  Command,
  PackageManager,
  PackageRequest,
  SigningKey,
  SourcePlan,
} from '../../host/packages/package-manager.ts';
import { textAt } from '../../host/schedule-run.ts';
import type { Reading } from '../../terminal/options.ts';
import { quote, shellLine } from '../../text/shell-quote.ts';

/** What is to be installed, and on which system. */
export interface InstallRequest extends PackageRequest {
  /** The root folder of the system; `/` is this machine. */
  readonly root: string;
  /** The only keys that are accepted. */
  readonly keys: readonly SigningKey[];
  /** Whether systemd runs the system. */
  readonly hasService: boolean;
  readonly packages: PackageManager;
}

/** The installation as commands. */
interface InstallPlan extends SourcePlan {
  readonly install: readonly Command[];
}

/** What the flags and the system say. Throws for a system that is not supported and for flags that do not fit. */
export function readRequest({
  verbFlags,
  positionals: [stray],
}: Pick<Reading, 'verbFlags' | 'positionals'>): InstallRequest {
  if (stray !== undefined)
    throw misuse(`Unexpected argument: "${stray}".`, `To install a version: --version ${quote(stray)}`);
  const root = wordOf(verbFlags, 'root') ?? '/';
  const packages = readPackageManager(root);
  const version = wordOf(verbFlags, 'version')?.replace(/^v/, '');
  if (version !== undefined && !/^\d+\.\d+\.\d+(-\d+)?$/.test(version))
    throw misuse(`--version: "${version}" is not a version of gitlab-runner.`, 'Example: --version 17.5.3');
  return {
    root,
    version,
    base: readBase(wordOf(verbFlags, 'mirror') ?? packageServer),
    keys: packages.keys.map((key) => ({ ...key, fingerprint: readFingerprint(key, verbFlags) })),
    hasService: existsSync(join(root, 'run/systemd/system')),
    packages,
  };
}

function readPackageManager(root: string): PackageManager {
  const packages = packagesBelow(root);
  if (packages === undefined) throw unsupported(textAt(join(root, 'etc/os-release')));
  return packages;
}

// It becomes a line of a file that apt reads.
function readBase(word: string): string {
  const isPlain = /^https?:\/\/[^\s/@?#]+(\/[^\s@?#]*)?$/.test(word);
  if (isPlain) return word.replace(/\/+$/, '');
  throw misuse(
    `--mirror: "${word}" is not an http or https URL without user name and parameters.`,
    'Example: --mirror https://packages.example.com',
  );
}

/** The flag that gives the fingerprint of a key. */
export const fingerprintFlag = ({ signs }: SigningKey): string =>
  signs === 'repository' ? '--key-fingerprint' : '--package-key-fingerprint';

function readFingerprint(key: SigningKey, verbFlags: Reading['verbFlags']): string {
  const word = wordOf(verbFlags, key.signs === 'repository' ? 'fingerprint' : 'packageFingerprint');
  if (word === undefined) return key.fingerprint;
  const plain = word.replaceAll(/\s/g, '').toUpperCase();
  if (/^([0-9A-F]{40}|[0-9A-F]{64})$/.test(plain)) return plain;
  const flag = fingerprintFlag(key);
  throw misuse(`${flag}: "${word}" is not a whole fingerprint.`, `Example: ${flag} ${key.fingerprint}`);
}

const startService: readonly Command[] = [
  ['systemctl', 'enable', '--now', 'gitlab-runner'],
  ['systemctl', 'is-active', '--quiet', 'gitlab-runner'],
];

/** The commands that install gitlab-runner and start its service. */
export const planOf = ({ packages, base, version, hasService }: InstallRequest): InstallPlan => ({
  ...packages.addSource(base),
  install: [...packages.install(version), ...(hasService ? startService : [])],
});

/** The plan as lines for a shell, the check of the keys included. */
export function linesOf(request: InstallRequest): string[] {
  const { download, add, install } = planOf(request);
  const line = (command: Command) => shellLine(inRoot(request.root, command));
  const found = `awk -F: '$1 == "pub" { next_is_key = 1 } $1 == "fpr" && next_is_key { print $10; next_is_key = 0 }'`;
  const check = ({ draft, fingerprint }: SigningKey) =>
    `test "$(${line(['gpg', '--batch', '--show-keys', '--with-colons', draft])} | ${found})" = ${fingerprint}`;
  return [...download.map(line), ...request.keys.map(check), ...[...add, ...install].map(line)];
}
