/** A command of the system, program first. */
export type Command = readonly [string, ...string[]];

/** Where packages come from, and which. */
export interface PackageRequest {
  /** The address that packages.gitlab.com or its mirror has. */
  readonly base: string;
  /** The version that was asked for; the newest without one. */
  readonly version: string | undefined;
}

/** A public key that is to be trusted on a system. */
export interface SigningKey {
  readonly signs: 'repository' | 'packages';
  /** Where it is downloaded, below the address of the server. */
  readonly path: string;
  /** The file in which it waits until it is checked. */
  readonly draft: string;
  /** As GitLab documents it. */
  readonly fingerprint: string;
}

/** How the keys and the repository get onto a system: the keys first, because they are checked before the others run. */
export interface SourcePlan {
  /** Downloads each key to its draft. */
  readonly download: readonly Command[];
  /** Adds the keys and the repository, and reads what the repository has. */
  readonly add: readonly Command[];
}

/** Where a package manager keeps keys itself, and how they are removed from there. */
interface Keyring {
  /** The folder of the files of repositories: another one may need the same keys. */
  readonly folder: string;
  /** Prints what `removeIn` reads. */
  readonly ask: Command;
  /** The command that removes the keys with these fingerprints; nothing where they are not there. */
  removeIn(printed: string, fingerprints: readonly string[]): Command | undefined;
}

/** One package manager, as commands that a person can read before they run. Nothing runs here. */
export interface PackageManager {
  /** The file of the repository that is added. */
  readonly sourceFile: string;
  /** Files of the repository and its keys, as `addSource` and GitLab's own script write them: what `uninstall` removes. */
  readonly sourceFiles: readonly string[];
  readonly keys: readonly SigningKey[];
  /** Where the package manager keeps the keys besides the files, with `addSource`. */
  readonly keyring?: Keyring;
  addSource(base: string): SourcePlan;
  install(version: string | undefined): readonly Command[];
  /** Reads again what the repositories of the system have. */
  readonly refresh: readonly Command[];
  /** Prints what `newestIn` reads. */
  readonly askNewest: Command;
  /** The version that an upgrade would install, with its release; nothing where no repository has the package. */
  newestIn(printed: string): string | undefined;
  /**
   * What an upgrade downloads while jobs still run, and what it changes behind that; to another version also backwards,
   * which with yum needs to know the installed one.
   */
  upgrade(
    version: string | undefined,
    installed: string | undefined,
  ): {
    readonly download: readonly Command[];
    readonly change: readonly Command[];
  };
  /** Removes the packages of the installed version; config.toml stays. */
  remove(installed: string): readonly Command[];
  /** Finishes an installation that was broken off, where there can be one. */
  readonly repair?: Command;
  /** The command that finishes or repeats the installation, where `askInstalled` says that the package is there in part. */
  repairIn?(printed: string): Command | undefined;
  /** Prints what `installedIn` reads; fails where the package is not there. */
  readonly askInstalled: Command;
  /** The version of the installed package, with its release. */
  installedIn(printed: string): string | undefined;
}
