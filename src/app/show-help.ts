import packageJson from '../../package.json';
import { type ExitCode, exitCode } from '../errors.ts';
import { platformOf } from '../host/platform/index.ts';
import { commandHelp, groupHelp, type Help, type Page } from '../terminal/help.ts';
import type { Grammar, Reading } from '../terminal/options.ts';
import { pageWidth } from '../terminal/size.ts';
import type { World } from '../world.ts';

/** What package.json says about where the project is; npm takes an address alone, or an object that holds it. */
interface PackageFields {
  readonly version: string;
  readonly homepage?: string;
  readonly repository?: string | { readonly url?: string };
  readonly bugs?: string | { readonly url?: string };
}

/**
 * Prints the help of a command (`verb`, as it is typed): all flags with `--help-all`; where the grammar has topics, those
 * of the group that is named. Throws for a group that there is not.
 */
export function showHelp(
  { options, positionals }: Reading,
  world: World,
  grammar: Grammar,
  verb: string,
  help: Help,
): ExitCode {
  const page = pageOf(world, 'helpAll' in options);
  const [group] = grammar.topics === undefined || page.isAll ? [] : positionals;
  const text =
    group === undefined ? commandHelp(verb, help, grammar, page) : groupHelp(verb, group, grammar, page);
  world.stdout.write(text);
  return exitCode.done;
}

/** The page that a help screen is laid out for: as wide as the world's output, with the addresses of package.json. */
export const pageOf = (world: World, isAll: boolean): Page => ({
  ...placesIn(packageJson),
  defaultConfigWords: platformOf(world).defaultConfigWords,
  width: pageWidth(world.stdout, world.env),
  isAll,
});

/**
 * Where the documentation of a package is, and where its issues are reported: from `homepage`, `repository` and `bugs` of
 * its package.json. Without the first two that is the README, which the package carries.
 */
export function placesIn({
  homepage,
  repository,
  bugs,
}: PackageFields): Pick<Page, 'documentation' | 'issues'> {
  const web = urlIn(repository)?.replace(/^git\+|\.git$/g, '');
  const documentation = homepage ?? (web?.startsWith('https://') ? web : undefined);
  return { documentation: documentation ?? 'README.md in the runner-setup package', issues: urlIn(bugs) };
}

const urlIn = (field: string | { readonly url?: string } | undefined): string | undefined =>
  typeof field === 'string' ? field : field?.url;
