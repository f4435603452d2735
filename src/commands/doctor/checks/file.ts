import { type Finding, lintIt } from '../../../app/findings.ts';
import type { PathChange } from '../../../config/model.ts';
import type { Config } from '../../../config/read.ts';
import { readFound } from '../../../config/read-file.ts';
import { typeFaults } from '../../../config/types.ts';
import { Trouble } from '../../../errors.ts';
import { risksOf } from '../../../runner/rules/index.ts';
import type { Risk } from '../../../runner/rules/rule.ts';
import { expand } from '../../../text/expand.ts';
import { grouped } from '../../../text/grouped.ts';
import type { World } from '../../../world.ts';
import { whoIs } from './check.ts';
import { hostFindings } from './host.ts';

/** What was found without asking anybody, and what can be mended without harm. */
export interface Examined {
  readonly text: string;
  /** Absent when the file is no TOML, or has no content. */
  readonly config: Config | undefined;
  readonly findings: Finding[];
  readonly isLoose: boolean;
  /** Whether interrupted runs left something that is not in the file yet; or an open question, which GitLab can answer. */
  readonly left: 'nothing' | 'question' | 'unsaved';
}

/** Examines the text, the settings and the surroundings of a config file; throws when it is not there or cannot be read. */
export async function examine(path: string, world: World): Promise<Examined> {
  const found = readFound(path);
  const unsaved = await unsavedFindings(path);
  if (found.text === undefined) {
    if (unsaved.length === 0) throw missing(path);
    return { text: '', config: undefined, findings: unsaved, isLoose: false, left: leftBy(unsaved) };
  }
  const { findings, config } = await lintIt(found.text, path, world.env);
  const softened = findings.map((one) =>
    one.rule === 'key-in-map' ? { ...one, severity: 'note' as const } : one,
  );
  const risks = config === undefined ? [] : await placed(config, risksIn(config, world));
  const host = hostFindings(found, config, world);
  return {
    text: found.text,
    config,
    findings: [...softened.filter((one) => !isToldBy(risks, one)), ...risks, ...host, ...unsaved],
    left: leftBy(unsaved),
    isLoose: host.some(({ rule, fixable }) => rule === 'rights' && fixable),
  };
}

// Of a list where a table belongs, the lint can only say that no key in it is known.
const isToldBy = (risks: readonly Finding[], { rule, path = '' }: Finding): boolean =>
  rule === 'unknown-key' &&
  risks.some((risk) => risk.rule === 'list-for-table' && path.startsWith(`${risk.path}.`));

function leftBy(unsaved: readonly Finding[]): Examined['left'] {
  if (unsaved.length === 0) return 'nothing';
  return unsaved.some(({ fixable }) => fixable) ? 'unsaved' : 'question';
}

async function unsavedFindings(path: string): Promise<Finding[]> {
  const { unsavedAt } = await import('../../../app/unsaved.ts');
  return (await unsavedAt(path)).map(({ file, words, next, kind }) => ({
    severity: kind === 'token' ? 'error' : 'warning',
    rule: 'unsaved',
    place: file,
    message: words,
    next,
    ...(kind !== 'question' && kind !== 'succession' && { fixable: true }),
  }));
}

function missing(path: string): Trouble {
  return new Trouble(`The file ${path} does not exist.`, {
    hint: 'Use another file with --config FILE, or create this one: runner-setup register',
  });
}

/** The risks in the settings of a file. */
const risksIn = (config: Config, world: Pick<World, 'env' | 'now'>): Risk[] =>
  risksOf(config, { now: world.now(), expand: (text) => expand(text, world.env) });

/** Changes of a file that put the values of a wrong type right, or else do away with risks, the first of each runner; none can harm. */
export function remediesIn(config: Config, world: World): PathChange[] {
  const types = typeFaults(config).flatMap(({ remedy }) => remedy ?? []);
  if (types.length > 0) return types;
  const remedies = risksIn(config, world).flatMap(({ remedy }) => remedy ?? []);
  return [...grouped(remedies, ({ at }) => at).values()].map(([first]) => first!);
}

async function placed(config: Config, risks: readonly Risk[]): Promise<Finding[]> {
  const [{ locate }, { spelled }] = await Promise.all([
    import('../../../config/locate.ts'),
    import('../../../config/keys.ts'),
  ]);
  return risks.map(({ severity, rule, at, path, message, why, next, remedy }) => {
    const top = at === 'global' ? [] : [config.runnersKey, String(at)];
    const { line, column } = locate(config, spelled(config.root, [...top, ...path]));
    return {
      severity,
      rule,
      place: `${config.file}:${line}:${column}`,
      line,
      column,
      path: [...top, ...path].join('.'),
      message: at === 'global' ? message : `${whoIs(config, at)}: ${message}`,
      ...(why !== undefined && { why }),
      ...(next !== undefined && { next }),
      ...(remedy !== undefined && { fixable: true }),
    };
  });
}
