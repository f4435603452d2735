import { planPlaces } from '../../app/edit-plan.ts';
import { helpIfAsked, isSwitchedOn } from '../../app/invocation.ts';
import { editTargets } from '../../app/select-runner.ts';
import { withWholePaths } from '../../app/whole-paths.ts';
import { type Table, textIn } from '../../config/model.ts';
import type { Config } from '../../config/read.ts';
import type { ExitCode } from '../../errors.ts';
import { cacheSection } from '../../runner/cache.ts';
import { entriesIn, lineOf, type RunnerEntry } from '../../runner/select.ts';
import { type SettingName, type Settings, secretNames, table } from '../../settings/table.ts';
import type { Person } from '../../terminal/ask.ts';
import type { Help } from '../../terminal/help.ts';
import type { Grammar, Reading } from '../../terminal/options.ts';
import type { World } from '../../world.ts';
import { applySetup, type SetupPlan } from './apply.ts';
import { openSetup, type SetupContext } from './context.ts';
import { CacheDraft, cacheNames, refuseLacking } from './draft.ts';
import { caFlag } from './tested.ts';
import { askAll, askLacking, type CacheWizard } from './wizard.ts';

const control: readonly SettingName[] = [
  'config',
  'container',
  'engine',
  'nonInteractive',
  'showEnvironment',
];

/** The command `cache setup`: sets up the cache of one runner or of all, by questions or by flags. */
export const setup = {
  grammar: {
    table,
    names: [...control, ...cacheNames],
    // Secrets need not be on the command line; all else that happens to be set in a shell must not change a runner.
    variables: [...control, ...cacheNames.filter((name) => secretNames.includes(name))],
    command: 'cache setup',
    verbFlags: {
      ...caFlag,
      all: { flag: '--all', isSwitch: true, doc: 'Set up the cache of all runners' },
      test: { flag: '--test', isSwitch: true, doc: 'Test the settings first; write them only if they work' },
    },
    next: () => 'runners',
  } as const satisfies Grammar,
  run,
};

async function run(reading: Reading, world: World): Promise<ExitCode> {
  const helped = await helpIfAsked(reading, world, setup.grammar, 'cache setup', help);
  if (helped !== undefined) return helped;
  const context = await openSetup(reading, world, setup.grammar);
  const person = context.mayAsk
    ? await (await import('../../terminal/ask.ts')).personOf(world, context.say)
    : undefined;
  const targets = await chooseTargets(context, person);
  const draft = new CacheDraft(targets[0]!.runner, given(context, targets[0]!.runner));
  const wizard = person && { world, say: context.say, path: context.path, person };
  const isFlagged = cacheNames.some((name) => context.known.sources.get(name) === 'flag');
  await complete(context, draft, wizard, isFlagged);
  return applySetup(context, {
    targets,
    plan: () => planSetup(context, draft, targets),
    ...(wizard && { wizard, again: () => askAll(wizard, draft, true) }),
  });
}

/** The settings of flags, and the secrets of the environment that belong to the type that is set up. */
function given({ known }: SetupContext, runner: Table): Settings {
  const section = cacheSection(known.settings.cacheType ?? textIn(runner, 'cache', 'Type'));
  const isMeant = (name: SettingName) =>
    known.sources.get(name) === 'flag' || table[name].toml?.split('.')[1] === section;
  return Object.fromEntries(cacheNames.filter(isMeant).map((name) => [name, known.settings[name]]));
}

/** Asks what is to be asked: without flags everything, else only what a cache cannot do without. */
async function complete(
  context: SetupContext,
  draft: CacheDraft,
  wizard: CacheWizard | undefined,
  isFlagged: boolean,
): Promise<void> {
  if (wizard === undefined) return refuseLacking(draft, context);
  await (isFlagged ? askLacking(wizard, draft) : askAll(wizard, draft));
}

async function chooseTargets(context: SetupContext, person: Person | undefined): Promise<RunnerEntry[]> {
  const { config, words, verbFlags } = context;
  const isAll = isSwitchedOn(verbFlags, 'all');
  const isOpen = words.length === 0 && !isAll && config.runners.length > 1;
  if (person === undefined || !isOpen)
    return editTargets(config, words, isAll, person && (async () => person));
  const all = entriesIn(config.runners);
  const each = all.map((entry) => ({ value: String(entry.at), name: lineOf(entry) }));
  const chosen = await person.choose('Which runner?', [...each, { value: 'all', name: 'All runners' }]);
  return all.filter(({ at }) => chosen === 'all' || String(at) === chosen);
}

async function planSetup(context: SetupContext, draft: CacheDraft, targets: readonly RunnerEntry[]) {
  const edits = (config: Config, at: number) =>
    draft
      .for(config.runners[at]!)
      .edits()
      .map((edit) => withWholePaths(edit, context));
  const planFor = (config: Config, positions: (at: number) => number) => {
    const places = targets.map(({ at }) => positions(at));
    return planPlaces(
      config,
      places.map((at) => ({ at, edits: edits(config, at) })),
      false,
    );
  };
  return { plan: await planFor(context.config, (at) => at), again: planFor } satisfies SetupPlan;
}

const help: Help = {
  usage: ['cache [setup] [RUNNER] [flags]'],
  about:
    'Set up the distributed job cache of a runner. In a terminal, it asks for missing values, and can test the settings before it writes them. RUNNER is a name, a position such as "#2", an ID, or the beginning of the token.',
  more: [
    'Settings of another cache type are removed. Secrets can also be in the environment: CACHE_S3_ACCESS_KEY, CACHE_S3_SECRET_KEY, CACHE_S3_SESSION_TOKEN, CACHE_GCS_PRIVATE_KEY, and CACHE_AZURE_ACCOUNT_KEY.',
  ],
  flags: {
    'All types': ['cacheType', 'cachePath', 'cacheShared', 'all', 'test', 'tlsCaFile'],
    'S3 and MinIO': [
      'cacheS3ServerAddress',
      'cacheS3BucketName',
      'cacheS3BucketLocation',
      'cacheS3AccessKey',
      'cacheS3SecretKey',
      'cacheS3Insecure',
      'cacheS3PathStyle',
    ],
    'Google Cloud Storage': ['cacheGcsBucketName', 'cacheGcsCredentialsFile'],
    'Azure Blob Storage': ['cacheAzureAccountName', 'cacheAzureAccountKey', 'cacheAzureContainerName'],
    'Other flags': [
      'dryRun',
      'exitCode',
      'yes',
      'nonInteractive',
      'json',
      'config',
      'container',
      'tlsCaFile',
    ],
  },
  examples: {
    'Set up the cache; asks for what is needed': 'runner-setup cache',
    'Set up MinIO for all runners in a script, and test it first':
      'CACHE_S3_ACCESS_KEY=ci CACHE_S3_SECRET_KEY="$SECRET" runner-setup cache setup --all -n --test --cache-type s3 --cache-s3-server-address minio.example.com:9000 --cache-s3-bucket-name ci-cache',
    'Change the region': "runner-setup cache setup '#1' --cache-s3-bucket-location eu-west-1",
  },
};
