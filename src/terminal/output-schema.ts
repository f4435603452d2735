import Type, { type Static, type TProperties, type TSchema } from 'typebox';

// The one description of what `--json` prints: the types, the schema in the package and the table of the README are
// made from it. The program itself takes the types only, so nothing of it is loaded.

const object = <Properties extends TProperties>(description: string, properties: Properties) =>
  Type.Object(properties, { additionalProperties: false, description });

const text = (description: string) => Type.String({ description });
const yes = (description: string) => Type.Boolean({ description });
const whole = (description: string) => Type.Integer({ description });
const moment = (description: string) => Type.String({ format: 'date-time', description });
const any = (description: string) => Type.Unknown({ description });
const one = <const Words extends string[]>(words: Words, description: string) =>
  Type.Enum(words, { description });
const list = <Item extends TSchema>(item: Item, description: string) => Type.Array(item, { description });
const maybe = Type.Optional;

const words = {
  message: text('What is wrong'),
  why: maybe(text('Cause, if known')),
  next: maybe(text('Command or action that fixes it')),
};

const error = object('Why the command failed, or why it failed for this runner', {
  ...words,
  code: whole('Exit code for this error'),
});

const finding = object('An error, warning, or note', {
  severity: one(['error', 'warning', 'note'], 'Severity'),
  rule: text('Name of the rule'),
  place: text('`file:line:column`, or the runner, URL, or folder'),
  line: maybe(whole('Line in the file, from 1')),
  column: maybe(whole('Column in the file, from 1')),
  path: maybe(text('Key from the top of the file; entries count from 0, such as `runners.0.limit`')),
  ...words,
  excerpt: maybe(text('Lines of the file, with the position marked')),
  fixable: maybe(yes('Whether `doctor --fix` fixes it')),
});

const setting = object('One key of a runner', {
  key: text('Key below `[[runners]]`, such as `docker.image`'),
  value: any('Value, secrets hidden'),
  default: maybe(any('Value that gitlab-runner uses if the key is not set; absent for an unknown key')),
  differs: yes('Whether the value differs from the default'),
});

const manager = object('A runner manager, one machine of a runner', {
  systemId: text('System ID'),
  status: maybe(text('Status in GitLab')),
  version: maybe(text('Version of gitlab-runner')),
  platform: maybe(text('Operating system')),
  architecture: maybe(text('Architecture')),
  contactedAt: maybe(moment('Last contact')),
  ipAddress: maybe(text('IP address')),
});

const owner = object('A group or project', { id: whole('ID'), path: text('Path') });

const gitlabRunner = object('A runner as GitLab has it', {
  id: whole('ID in GitLab'),
  url: maybe(text('GitLab URL, where it is not the one of the command')),
  description: maybe(text('Description')),
  type: maybe(one(['instance', 'group', 'project'], 'Type')),
  status: maybe(text('`online`, `offline`, `stale`, or `never_contacted`')),
  paused: maybe(yes('Whether it is paused')),
  deleted: maybe(yes('`list`: whether the runner was deleted in GitLab')),
  busy: maybe(yes('Whether it runs jobs')),
  createdAt: maybe(moment('When it was created')),
  positions: maybe(list(Type.Integer(), 'Positions of its entries in config.toml, from 1')),
  contactedAt: maybe(moment('Last contact')),
  version: maybe(text('Version of the manager that contacted GitLab last')),
  tags: maybe(list(Type.String(), 'Tags')),
  runUntagged: maybe(yes('Whether it runs untagged jobs')),
  protected: maybe(yes('Whether it runs jobs of protected branches and tags only')),
  locked: maybe(yes('Whether it is locked to its projects')),
  maximumTimeout: maybe(whole('Maximum job timeout in seconds')),
  groups: maybe(list(owner, 'Its group')),
  projects: maybe(list(owner, 'Its projects, the owner first')),
  managers: maybe(list(manager, 'Its runner managers')),
  runningJobs: maybe(whole('Number of running jobs')),
  outcome: maybe(
    one(
      ['changed', 'unchanged', 'planned', 'failed', 'skipped'],
      'What `pause`, `resume`, `assign`, or `unassign` did',
    ),
  ),
  error: maybe(error),
});

const position = Type.Union([Type.Integer(), Type.Null()], {
  description: 'Position of the runner, from 1; null for the global section',
});

const drift = object('Difference between a runner in GitLab and the expected value', {
  key: text('Attribute of the GitLab API'),
  wanted: any('Value in config.toml, or the value that `apply` last set; null if there is none'),
  present: any('Value in GitLab; null if there is none'),
  by: one(['config.toml', 'apply'], 'Source of the expected value'),
});

const runner = object('A runner, one `[[runners]]` entry; `register` has one', {
  position: whole('Position in config.toml, from 1'),
  name: text('Name'),
  url: text('GitLab URL'),
  executor: maybe(text('Executor')),
  id: maybe(whole('ID in GitLab')),
  token: maybe(text('First characters of the token; the whole token with `--show-tokens`')),
  tokenObtainedAt: maybe(moment('When GitLab issued the token')),
  tokenExpiresAt: maybe(moment('When the token expires')),
  place: maybe(text('Where jobs run: image, host, or virtual machine')),
  settings: maybe(list(setting, 'Keys of the entry')),
  gitlab: maybe(gitlabRunner),
  drift: maybe(list(drift, '`list --gitlab`: differences to GitLab')),
  entries: maybe(list(Type.Integer(), 'Positions of all entries of this runner')),
  removes: maybe(one(['entry', 'machine', 'runner'], 'What `unregister` removes')),
  state: maybe(
    one(['alive', 'refused', 'expired', 'unreachable', 'unclear'], 'State of the token in GitLab'),
  ),
  removed: maybe(yes('Whether `verify --delete` removed the entry')),
  outcome: maybe(
    one(
      ['removed', 'unknown', 'renewed', 'unsaved', 'migrated', 'unfinished', 'failed', 'skipped'],
      'Result of `unregister`, `reset-token`, `rotate`, or `migrate`; `unknown` if GitLab did not know the runner',
    ),
  ),
  replaces: maybe(whole('`migrate`: ID in GitLab of the runner that was replaced')),
  manual: maybe(
    list(
      object('A setting of Docker Machine without a counterpart', {
        key: text('Key or driver option'),
        advice: text('What to do instead'),
      }),
      '`migrate`: settings of Docker Machine to set manually',
    ),
  ),
  savedIn: maybe(text('`rotate`, `migrate`: file with the new token, when config.toml names a variable')),
  error: maybe(error),
});

const key = object('A key or table of config.toml', {
  key: text('Path from the top of the file, such as `runners.docker.image`'),
  type: text('Type of the value; `table`, or `list of tables`'),
  table: maybe(text('Header of its table, or its own; absent at the top of the file')),
  description: text('What it is for'),
  default: maybe(any('Value that gitlab-runner takes without the key, where it is known')),
  defaultIs: maybe(text('The default in words, where it depends on something')),
  since: maybe(text('Version of gitlab-runner that introduced it, where it is known')),
  choices: maybe(list(Type.String(), 'Words that are allowed, where only a few are')),
  example: maybe(text('Line of config.toml')),
  flag: maybe(text('Flag of register that sets it')),
  variable: maybe(text('Environment variable of register that sets it')),
  secret: yes('Whether the value is a secret'),
});

const change = object('One changed key', {
  runner: position,
  name: maybe(text('Runner name')),
  key: text('Key below `[[runners]]`, or from the top of the file'),
  before: any('Old value, secrets hidden; null if there was none'),
  after: any('New value, secrets hidden; null if there is none'),
});

const kept = object('Runner settings that were changed in GitLab', {
  runner: whole('Position in config.toml, from 1'),
  id: maybe(whole('ID in GitLab')),
  settings: Type.Record(Type.String(), Type.Unknown(), {
    description: 'Attributes of the GitLab API and their values',
  }),
});

const appliedChange = object('One changed key', {
  key: text('Key, from the top of its table'),
  before: any('Old value, secrets hidden; null if there was none'),
  after: any('New value, secrets hidden; null if there is none'),
});

const appliedRunner = object('`apply`: one runner of the fleet', {
  key: text('Key in the fleet file'),
  action: one(
    ['create', 'replace', 'recover', 'add', 'retoken', 'change', 'leave', 'remove', 'forget'],
    'Required action',
  ),
  outcome: one(['planned', 'done', 'failed', 'skipped'], 'Result'),
  name: text('Runner name'),
  url: text('GitLab URL'),
  id: maybe(whole('ID in GitLab')),
  position: maybe(whole('Old position in config.toml, from 1')),
  here: list(appliedChange, 'Changed keys below `[[runners]]`'),
  gitlab: list(appliedChange, 'Changed attributes of the GitLab API'),
  deletes: maybe(yes('Whether it is deleted in GitLab')),
  notes: list(Type.String(), 'Notes on this runner'),
  error: maybe(error),
});

const fileText = object('A file with its text', {
  file: text('Path'),
  about: maybe(text('Program that reads the file')),
  text: maybe(text('Text; absent for a file that is removed')),
});

const image = object('An image', { image: text('Name'), id: maybe(text('ID')) });

const container = object('`container`: the container of gitlab-runner', {
  name: text('Name'),
  engine: one(['docker', 'podman'], 'Engine'),
  id: maybe(text('ID')),
  image: maybe(text('Image of the container')),
  from: maybe(image),
  to: maybe(image),
  kept: maybe(text('Name of the old container, if it is kept')),
  status: maybe(text('Status reported by the engine, such as `running`')),
  running: maybe(yes('Whether the container is running')),
  health: maybe(text('Health reported by the engine')),
  startedAt: maybe(moment('When the container was started')),
  finishedAt: maybe(moment('When the container stopped')),
  exitCode: maybe(whole('Exit code of the stopped container')),
  restarts: maybe(whole('Number of restarts')),
  restartPolicy: maybe(text('Restart policy')),
  version: maybe(text('Version of gitlab-runner in the container')),
  newestHere: maybe(text('Newest gitlab-runner version among the local images')),
  imageIsOutdated: maybe(yes('Whether the tag now refers to a newer local image')),
  mounts: maybe(
    list(
      object('A mount', {
        source: text('Path or volume'),
        target: text('Path in the container'),
        options: list(Type.String(), 'Mount options'),
      }),
      'Mounts',
    ),
  ),
  ports: maybe(list(Type.String(), 'Published ports, `HOST:CONTAINER`')),
  configProblem: maybe(text('Why config.toml cannot be read')),
  logErrors: maybe(list(Type.String(), 'Last errors in the container log')),
  space: maybe(
    object('Bytes', {
      own: maybe(whole('Data written by the container')),
      image: maybe(whole('Size of the image')),
      free: maybe(whole('Free space on the disk of the engine')),
    }),
  ),
  madeBy: maybe(
    Type.Union(
      [
        object('Compose', {
          kind: Type.Literal('compose'),
          project: text('Project'),
          service: text('Service'),
          files: list(Type.String(), 'Compose files'),
        }),
        object('A systemd unit', { kind: Type.Literal('systemd'), unit: text('Unit') }),
      ],
      { description: 'What manages the container' },
    ),
  ),
});

const free = object('Free space', {
  bytes: whole('Free bytes'),
  files: maybe(whole('Free inodes')),
  size: whole('Size of the disk in bytes'),
});

const limit = object('One limit', {
  low: whole('Cleanup starts below this value'),
  expected: whole('Cleanup ends at this value'),
});

const removal = object('One thing to remove', {
  kind: one(['container', 'image', 'volume', 'build cache'], 'Kind'),
  name: text('Name'),
  size: maybe(whole('Bytes')),
  lastUse: maybe(moment('Time of the last known use')),
  why: maybe(text('Why the engine refused to remove it')),
});

const cleanup = object('`container cleanup`: what takes space, and what was removed', {
  engine: one(['docker', 'podman'], 'Engine'),
  root: text('Data folder of the engine'),
  space: Type.Record(
    Type.String(),
    object('Items of one kind', {
      count: whole('Number of items'),
      size: whole('Bytes'),
      going: whole('Number of items that may be removed'),
      goingSize: whole('Size of these items in bytes'),
    }),
    { description: 'Space by kind' },
  ),
  measuredAt: maybe(text('Where free space is measured')),
  free: maybe(free),
  freeAfter: maybe(free),
  limits: object('Limits', { bytes: maybe(limit), files: maybe(limit) }),
  plan: list(removal, 'What may be removed, in this order'),
  removed: maybe(list(removal, 'What was removed')),
  refused: maybe(list(removal, 'What the engine refused to remove')),
  freedBytes: maybe(whole('Freed space in bytes')),
});

const login = object('Credentials for a registry', {
  registry: text('Registry'),
  user: maybe(text('User')),
  kept: maybe(one(['password', 'identity-token', 'helper', 'nothing'], 'How they are stored')),
  helper: maybe(text('Credential helper that stores the secret')),
});

const place = object('Location of credentials', {
  kind: one(
    ['runner', 'variable', 'host', 'docker-config', 'flags'],
    "A runner's environment, a CI/CD variable, the Docker config of the runner user, your own Docker config, or the command line",
  ),
  runner: maybe(whole('Position of the runner, from 1')),
  name: maybe(text('Runner name')),
  file: maybe(text('File')),
  of: maybe(one(['project', 'group', 'instance'], 'Owner of the variable')),
  id: maybe(
    Type.Union([Type.Integer(), Type.String()], { description: 'ID or path of the project or group' }),
  ),
  key: maybe(text('Key of the variable')),
  scope: maybe(text('Environment scope of the variable')),
  changed: maybe(yes('Whether it was changed; with `--dry-run`: would be changed')),
  registries: maybe(list(login, 'Credentials in this location')),
});

const preset = object('`preset show`: the preset', {
  name: text('Name'),
  title: text('Title'),
  purpose: text('Purpose'),
  risk: text('Risk'),
  notes: maybe(text('Notes')),
  executor: maybe(text('Executor')),
  needs: maybe(
    Type.Record(Type.String(), Type.String(), { description: 'Flags it requires, each with an example' }),
  ),
  block: maybe(text('Block of config.toml')),
  ci: maybe(text('Sample .gitlab-ci.yml')),
});

const gitlabRunnerHere = object('A gitlab-runner of this machine', {
  kind: one(['process', 'service', 'container'], 'How it is started'),
  name: maybe(text('Name of the service or the container')),
  running: yes('Whether it is running'),
  enabled: maybe(yes('Whether the service starts automatically')),
  pid: maybe(whole('Process ID')),
  config: maybe(text('Path of its config.toml, if it is known')),
  user: maybe(text('User that it runs as')),
  jobUser: maybe(text('User of its jobs, from `--user`')),
  version: maybe(text('`doctor`: version')),
});

/** The schema of the one object that `--json` prints, whatever the command. */
export const outputSchema = object('What runner-setup prints with --json', {
  action: one(
    [
      'added',
      'applied',
      'assigned',
      'cleaned',
      'diagnosed',
      'edited',
      'explained',
      'exported',
      'failed',
      'inspected',
      'installed',
      'linted',
      'listed',
      'migrated',
      'paused',
      'planned',
      'printed',
      'registered',
      'removed',
      'reset',
      'restored',
      'saved',
      'resumed',
      'rotated',
      'scheduled',
      'skipped',
      'started',
      'tested',
      'unassigned',
      'unchanged',
      'undone',
      'uninstalled',
      'unregistered',
      'unscheduled',
      'updated',
      'upgraded',
      'verified',
    ],
    'What was done; `planned` with `--dry-run`, `failed` if nothing was done',
  ),
  changed: yes('Whether something was changed; with `--dry-run`: would be changed'),
  file: maybe(text('Path of config.toml')),
  runner: maybe(runner),
  runners: maybe(list(runner, 'Runners: `list`, `verify`, `unregister`, `reset-token`, `container status`')),
  fleet: maybe(
    list(gitlabRunner, '`fleet`, `pause`, `resume`, `assign`, `unassign`: runners as GitLab has them'),
  ),
  url: maybe(text('`fleet`: GitLab URL')),
  gitlabRunners: maybe(
    list(gitlabRunnerHere, '`list`, `doctor`: gitlab-runners of this machine, if there are any'),
  ),
  findings: maybe(list(finding, 'What `lint` and `doctor` found')),
  warnings: list(Type.String(), 'Warnings, in the order of their output'),
  error: maybe(error),
  valid: maybe(yes('`lint`: whether gitlab-runner accepts the file')),
  applied: maybe(
    object('`apply`: global settings and runners of this machine', {
      host: text('Host name by which the runners were selected'),
      global: list(appliedChange, 'Changed global keys'),
      runners: list(appliedRunner, 'Runners'),
      left: list(Type.String(), 'Keys of runners that `--prune` would remove'),
    }),
  ),
  steps: maybe(
    list(
      object('One step of a check', {
        about: text('URL, container, or file that was checked'),
        what: one(
          [
            'name',
            'proxy',
            'port',
            'TLS',
            'API',
            'token',
            'system',
            'engine',
            'image',
            'inside',
            'metrics',
            'running',
            'log',
            'jobs',
          ],
          'Step',
        ),
        ok: yes('Whether the step succeeded'),
        message: text('Result in words'),
      }),
      '`doctor`: what was checked',
    ),
  ),
  archive: maybe(
    object('`backup`, `restore`: the archive', {
      file: text('Path'),
      files: list(
        object('A file in it', {
          name: text('Name, such as `config.toml` or `certs/gitlab.example.com.crt`'),
          size: whole('Bytes'),
          state: maybe(one(['new', 'changed', 'same'], '`restore`: compared with the present file')),
        }),
        'Files in it',
      ),
    }),
  ),
  history: maybe(
    list(
      object('One change of config.toml', {
        number: whole('Number for `undo`, from 1 for the last change'),
        at: maybe(moment('When it was made; absent when that was not recorded')),
        command: maybe(text('Command line, without secrets')),
        mixed: maybe(yes('Whether the lines contain later changes by others, such as gitlab-runner')),
        lines: list(Type.String(), 'Changed lines with `+` or `-` before them, secrets hidden'),
      }),
      '`undo --list`: changes that can be undone, newest first',
    ),
  ),
  keys: maybe(list(key, '`explain`: keys and tables')),
  changes: maybe(list(change, '`edit`, `register`, `cache setup`: changed keys of config.toml')),
  notes: maybe(list(Type.String(), '`edit`: why something needed no change')),
  gitlab: maybe(list(kept, '`edit`, `register`: what was changed in GitLab')),
  snippets: maybe(list(fileText, '`edit`: proposed changes to other files; they are not written')),
  exports: maybe(list(fileText, '`export`: the files; without `--output`, they are not written')),
  omitted: maybe(
    list(
      object('A setting that the export format does not support', {
        runner: position,
        key: text('Key below `[[runners]]`, or from the top of the file'),
        why: text('Why, or where to set it instead'),
      }),
      '`export`: what is not exported',
    ),
  ),
  secrets: maybe(
    list(
      object('A secret of config.toml that is not in an export', {
        runner: position,
        key: text('Key below `[[runners]]`, or from the top of the file'),
        name: text('Name of the secret in the export'),
      }),
      '`export`: secrets to provide',
    ),
  ),
  online: maybe(
    object('`register --wait`: whether the runner is online', {
      seen: yes('Whether the runner was seen online'),
      by: one(['gitlab', 'log', 'metrics'], 'Source: GitLab, the log of gitlab-runner, or its metrics'),
      seconds: whole('Seconds waited'),
    }),
  ),
  presets: maybe(list(preset, '`preset list`: all presets')),
  preset: maybe(preset),
  text: maybe(
    text('Printed text: `completion`, `preset show --ci` and `--block`, `container install --print`'),
  ),
  registries: maybe(list(login, '`registry-auth add` and `remove`: credentials')),
  places: maybe(list(place, '`registry-auth`: locations of the credentials')),
  tests: maybe(
    list(
      object('Test of the credentials for one registry', {
        registry: text('Registry'),
        user: maybe(text('User')),
        place,
        state: one(
          ['right', 'open', 'wrong', 'unreachable', 'certificate', 'no-registry', 'no-login'],
          'Result',
        ),
        url: text('Last URL that was requested; empty if there was no request'),
        message: text('Result in words'),
        why: words.why,
        next: words.next,
      }),
      '`registry-auth test`: the credentials for each registry',
    ),
  ),
  caches: maybe(
    list(
      object('The cache of a runner, tried with its settings', {
        runner: whole('Position of the runner, from 1'),
        name: text('Name of the runner'),
        type: text('Type of the cache'),
        url: maybe(text('URL that was used')),
        bucket: maybe(text('Bucket or container')),
        object: maybe(text('Name of the object that was put')),
        state: one(
          [
            'works',
            'unreachable',
            'certificate',
            'region',
            'path-style',
            'clock',
            'credentials',
            'permission',
            'bucket',
            'encryption',
            'settings',
            'not-storage',
            'other',
            'unknown',
          ],
          'Result; `unknown`: gitlab-runner alone knows the credentials',
        ),
        steps: list(
          object('One step', {
            act: one(['put', 'get', 'delete'], 'What was done'),
            ok: yes('Whether the step succeeded'),
          }),
          'What was done, in this order',
        ),
        left: yes('Whether the object could not be deleted'),
        message: maybe(text('What is wrong')),
        why: words.why,
        next: words.next,
      }),
      '`cache test`: each cache; `cache setup --test`: the new one',
    ),
  ),
  version: maybe(
    object('`upgrade`: versions of the package', {
      from: text('Version before'),
      to: text('Version now'),
    }),
  ),
  container: maybe(container),
  commands: maybe(
    list(
      Type.String(),
      '`install`, `upgrade`, `uninstall`, and `container …` with `--dry-run`: commands that would be run',
    ),
  ),
  cleanup: maybe(cleanup),
  schedule: maybe(
    object('`container cleanup --schedule`', {
      by: one(['systemd', 'cron'], 'Scheduler'),
      rhythm: maybe(one(['hourly', 'daily', 'weekly'], 'Interval')),
      files: list(fileText, 'Files that were written or removed; with `--dry-run`: would be'),
    }),
  ),
});

/** What `--json` prints. */
export type Output = Frozen<Static<typeof outputSchema>>;

/** A runner in the output. */
export type OutputRunner = NonNullable<Output['runner']>;

type Frozen<Part> = Part extends (infer Item)[]
  ? readonly Frozen<Item>[]
  : Part extends object
    ? { readonly [Key in keyof Part]: Frozen<Part[Key]> }
    : Part;
