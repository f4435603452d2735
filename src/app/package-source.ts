import { existsSync, statSync } from 'node:fs';
import { Trouble } from '../errors.ts';
import { below } from '../files/below.ts';
import { keysIn } from '../host/openpgp/keys.ts';
import { packageServer, unsupported } from '../host/packages/index.ts';
import type {
  Command,
  PackageManager,
  PackageRequest,
  SigningKey,
} from '../host/packages/package-manager.ts';
import { putText, textAt } from '../host/schedule-run.ts';
import type { Reading, VerbOption } from '../terminal/options.ts';
import type { Say } from '../terminal/say.ts';
import { shellLine } from '../text/shell-quote.ts';
import type { World } from '../world.ts';
import { deeds, type PackageCommand } from './agreement.ts';
import { binaryFlags } from './binary-flags.ts';
import { type Interrupt, stopped } from './interrupt.ts';
import { misuse, wordOf } from './invocation.ts';
import { inRoot, packagesBelow, rootOf, runShown } from './system-commands.ts';

/** The flags that say which package is wanted, and from where. */
export const packageFlags = {
  version: {
    flag: '--version',
    isSwitch: false,
    hint: 'VERSION',
    doc: 'Version of gitlab-runner (default: the latest)',
  },
  mirror: { flag: '--mirror', isSwitch: false, hint: 'URL', doc: "Mirror of GitLab's packages or binaries" },
  fingerprint: {
    flag: '--key-fingerprint',
    isSwitch: false,
    hint: 'FINGERPRINT',
    doc: "Fingerprint of the repository key (default: GitLab's)",
  },
  packageFingerprint: {
    flag: '--package-key-fingerprint',
    isSwitch: false,
    hint: 'FINGERPRINT',
    doc: "Fingerprint of the key for RPM packages and binaries (default: GitLab's)",
  },
} as const satisfies Record<string, VerbOption>;

/** Which package is wanted, on which system. */
export interface SourceRequest extends PackageRequest {
  /** The root folder of the system; `/` is this machine. */
  readonly root: string;
  /** The only keys that are accepted. */
  readonly keys: readonly SigningKey[];
  readonly packages: PackageManager;
}

/** Throws for flags that fit no system, before anything is looked at. */
export function refuseUnfit(verbFlags: Reading['verbFlags']): void {
  refuseBinaryFlags(verbFlags);
  readVersion(verbFlags);
  const mirror = wordOf(verbFlags, 'mirror');
  if (mirror !== undefined) readBase(mirror);
}

/** What `packageFlags` and the system say. Throws for a system that is not supported and for flags that do not fit. */
export function readSource(verbFlags: Reading['verbFlags']): SourceRequest {
  const root = rootOf(verbFlags);
  refuseBinaryFlags(verbFlags);
  const packages = readPackageManager(root);
  return {
    ...{ root, packages, version: readVersion(verbFlags) },
    base: readBase(wordOf(verbFlags, 'mirror') ?? packageServer),
    keys: packages.keys.map((key) => ({ ...key, fingerprint: readFingerprint(key, verbFlags) })),
  };
}

// They would have no effect, and who names a checksum wants it to be checked.
function refuseBinaryFlags(verbFlags: Reading['verbFlags']): void {
  const name = (['checksum', 'tlsCaFile'] as const).find((each) => wordOf(verbFlags, each) !== undefined);
  if (name === undefined) return;
  const { flag } = binaryFlags[name];
  throw misuse(
    `${flag} is for GitLab's binary, not for packages.`,
    `Omit ${flag}, or install with --binary.`,
  );
}

function readVersion(verbFlags: Reading['verbFlags']): string | undefined {
  const word = wordOf(verbFlags, 'version');
  const version = word === 'latest' ? undefined : word?.replace(/^v/, '');
  if (version === undefined || /^\d+\.\d+\.\d+(-\d+)?$/.test(version)) return version;
  throw misuse(`--version: "${version}" is not a version of gitlab-runner.`, 'Example: --version 17.5.3');
}

function readPackageManager(root: string): PackageManager {
  const packages = packagesBelow(root);
  if (packages === undefined) throw unsupported(textAt(below(root, '/etc/os-release')), root);
  return packages;
}

/** The value of --mirror without a slash at its end. Throws where it is no plain URL: it becomes a line of a file that a package manager reads. */
export function readBase(word: string): string {
  const isPlain = /^https?:\/\/[^\s/@?#]+(\/[^\s@?#]*)?$/.test(word);
  if (isPlain && URL.canParse(word)) return word.replace(/\/+$/, '');
  throw misuse(
    `--mirror: "${word}" is not an http or https URL without user name and parameters.`,
    'Example: --mirror https://packages.example.com',
  );
}

const fingerprintFlag = ({ signs }: SigningKey): string =>
  signs === 'repository' ? '--key-fingerprint' : '--package-key-fingerprint';

/** The fingerprint that is accepted of a key: what its flag says, or GitLab's. Throws for one that is not whole. */
export function readFingerprint(key: SigningKey, verbFlags: Reading['verbFlags']): string {
  const word = wordOf(verbFlags, key.signs === 'repository' ? 'fingerprint' : 'packageFingerprint');
  if (word === undefined) return key.fingerprint;
  const plain = word.replaceAll(/\s/g, '').toUpperCase();
  if (/^([0-9A-F]{40}|[0-9A-F]{64})$/.test(plain)) return plain;
  const flag = fingerprintFlag(key);
  throw misuse(`${flag}: "${word}" is not a whole fingerprint.`, `Example: ${flag} ${key.fingerprint}`);
}

/**
 * Adds the keys and the repository, each command shown before it runs. Throws when one fails, when a key is another one, and
 * before the next command when the person does not want it any more.
 */
export async function addSource(
  request: SourceRequest,
  command: PackageCommand,
  { world, say, stopping }: { readonly world: World; readonly say: Say; readonly stopping: Interrupt },
): Promise<void> {
  const { download, add } = request.packages.addSource(request.base);
  const run = async (one: Command) => {
    if (stopping.wanted) throw stopped();
    await runShown(inRoot(request.root, one), world, say);
  };
  for (const one of download) await run(one);
  const wrong = request.keys.flatMap((key) => wrongKey(request, key, command));
  if (wrong[0] !== undefined) {
    await run(['rm', ...request.keys.map(({ draft }) => draft)]);
    throw wrong[0];
  }
  for (const { signs, fingerprint } of request.keys)
    say.talk(`Signing key${signs === 'packages' ? ' of the packages' : ''}: ${fingerprint}`);
  for (const one of add) await run(one);
}

/** Remembers the files of the repository and its keys; what it gives makes them as they were, and says so, or why it cannot. */
export function rememberSource({ root, packages }: SourceRequest, say: Say): () => void {
  const files = [...packages.sourceFiles, ...packages.keys.map(({ draft }) => draft)];
  const before = files.map((file) => {
    const path = below(root, file);
    return { file, path, text: textAt(path), stats: statSync(path, { throwIfNoEntry: false }) };
  });
  return () => {
    for (const { file, path, text, stats } of before) {
      try {
        if (textAt(path) === text) continue;
        putText(path, text, stats);
        say.talk(text === undefined ? `${file} was removed again.` : `${file} was restored.`);
      } catch (error) {
        if (!(error instanceof Trouble)) throw error;
        say.warn(`${file} could not be restored: ${error.why}`);
      }
    }
  };
}

function wrongKey({ root, base }: SourceRequest, key: SigningKey, command: PackageCommand): Trouble[] {
  const found = keysIn(textAt(below(root, key.draft)) ?? '').map(({ fingerprint }) => fingerprint);
  if (found.length === 1 && found[0] === key.fingerprint) return [];
  const address = `${base}/${key.path}`;
  const trouble = new Trouble(`The signing key is not the expected one, so nothing was ${deeds[command]}.`, {
    why: `${address} has ${found.join(', ') || 'no key'}; expected is ${key.fingerprint}.`,
    hint:
      found.length === 0
        ? `To see what the server sends: curl --location ${address}`
        : `If the mirror signs with its own key, ask its operator for the fingerprint, and add: ${fingerprintFlag(key)} FINGERPRINT`,
  });
  return [trouble];
}

/**
 * Reads again what the repositories of the system have, each command shown before it runs. Throws when one fails, and, for
 * package managers that only warn of it, when the signature of GitLab's repository is not valid.
 */
export async function refreshSources(
  { packages, root }: SourceRequest,
  world: World,
  say: Say,
): Promise<void> {
  for (const command of packages.refresh) {
    const said = await runShown(inRoot(root, command), world, say).then(
      (ran) => ran.said,
      (error: unknown) => {
        if (error instanceof Trouble && isOnSignature(error.why ?? '')) return error.why ?? '';
        throw error;
      },
    );
    if (!isOnSignature(said)) {
      // apt takes a repository that it could not read for no error.
      for (const [, line = ''] of said.matchAll(/^W: (.*)$/gm)) say.warn(line);
      continue;
    }
    throw new Trouble("The signature of GitLab's package repository is not valid.", {
      why: said,
      hint: existsSync(below(root, packages.sourceFile))
        ? 'If its signing key has expired, download it again: runner-setup upgrade --renew-keys'
        : 'To download its signing key again: https://docs.gitlab.com/omnibus/update/package_signatures/',
    });
  }
}

const isOnSignature = (said: string): boolean =>
  /gitlab.runner/i.test(said) && /signature|EXPKEYSIG|NO_PUBKEY/i.test(said);

/** What `addSource` does, as lines for a shell, the check of the keys included. */
export function sourceLines({ packages, base, root, keys }: SourceRequest): string[] {
  const { download, add } = packages.addSource(base);
  const line = (command: Command) => shellLine(inRoot(root, command));
  const found = `awk -F: '$1 == "pub" { next_is_key = 1 } $1 == "fpr" && next_is_key { print $10; next_is_key = 0 }'`;
  const check = ({ draft, fingerprint }: SigningKey) =>
    `test "$(${line(['gpg', '--batch', '--show-keys', '--with-colons', draft])} | ${found})" = ${fingerprint}`;
  return [...download.map(line), ...keys.map(check), ...add.map(line)];
}
