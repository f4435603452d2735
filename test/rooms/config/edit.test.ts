import { describe, test } from 'vitest';
import { DateTime, Float } from '../../../src/config/model.ts';
import { add, given, remove, set, unset } from './given.ts';

const one = `concurrent = 4

[[runners]]
  name = "builder" # the fast one
  url = "https://gitlab.example.com"
  # rotated by hand
  token = "\${RUNNER_TOKEN}"
  executor = "docker"
  [runners.docker]
    image = "alpine"
    # caches
    volumes = ["/cache"]
`;

describe('a value is changed', () => {
  test('and the comment beside it stays', async () => {
    await given(one).doing(set('name', 'slow')).gives(one.replace('"builder"', '"slow"'));
  });

  test('and the comment above it stays', async () => {
    await given(one).doing(set('token', 'glrt-new')).gives(one.replace('"${RUNNER_TOKEN}"', '"glrt-new"'));
  });

  test('and a string keeps its single quotes where they can hold it', async () => {
    await given("[[runners]]\nname = 'a'\n").doing(set('name', 'b')).gives("[[runners]]\nname = 'b'\n");
    await given("[[runners]]\nname = 'a'\n").doing(set('name', "b's")).gives('[[runners]]\nname = "b\'s"\n');
  });

  test('and a variable that holds JSON needs no backslashes, where single quotes can hold it', async () => {
    const json = 'AUTH={"a":"b"}';
    await given('[[runners]]\nenvironment = ["A=1"]\n')
      .doing(add('environment', [json]))
      .gives(`[[runners]]\nenvironment = ["A=1", '${json}']\n`);
    await given('[[runners]]\nenvironment = ["AUTH={\\"a\\":\\"c\\"}"]\n')
      .doing(set('environment', [json]))
      .gives(`[[runners]]\nenvironment = ['${json}']\n`);
    await given('[[runners]]\nname = "a"\n')
      .doing(set('environment', [json, 'B={"it\'s"}', 'C="c"']))
      .gives(`[[runners]]\nname = "a"\nenvironment = ['${json}', "B={\\"it's\\"}", "C=\\"c\\""]\n`);
  });

  test('and a script over several lines stays one', async () => {
    await given('[[runners]]\npre_build_script = """\nset -e\n"""\n')
      .doing(set('pre_build_script', 'set -eu\necho "hi"\n'))
      .gives('[[runners]]\npre_build_script = """\nset -eu\necho "hi"\n"""\n');
  });

  test('and other numbers in the file keep their underscores', async () => {
    await given('concurrent = 1_000\n[session_server]\nsession_timeout = 1_800\n')
      .doing(set('session_server.session_timeout', 3600, 'global'))
      .gives('concurrent = 1_000\n[session_server]\nsession_timeout = 3600\n');
  });

  test('to another type', async () => {
    await given('[[runners]]\nx = 1\n')
      .doing(set('x', new Float(1)))
      .gives('[[runners]]\nx = 1.0\n');
    await given('[[runners]]\nx = 1\n')
      .doing(set('x', [1, true, 'a']))
      .gives('[[runners]]\nx = [1, true, "a"]\n');
  });

  test('where the file spells the key in capital letters', async () => {
    await given('Concurrent = 1\n[[Runners]]\n  Name = "a"\n  [Runners.Docker]\n    Image = "x"\n')
      .doing(set('docker.image', 'y'), set('concurrent', 2, 'global'), set('docker.privileged', true))
      .gives(
        'Concurrent = 2\n[[Runners]]\n  Name = "a"\n  [Runners.Docker]\n    Image = "y"\n    privileged = true\n',
      );
  });

  test('but not where capital letters make another name', async () => {
    await given('[[runners]]\n  [runners.feature_flags]\n    ff_a = true\n')
      .doing(set('feature_flags.FF_A', false))
      .gives('[[runners]]\n  [runners.feature_flags]\n    FF_A = false\n    ff_a = true\n');
  });

  test('in an inline table', async () => {
    await given('[[runners]]\ndocker = { image = "a", privileged = false } # small\n')
      .doing(set('docker.privileged', true), set('docker.host', 'h'))
      .gives('[[runners]]\ndocker = { image = "a", privileged = true, host = "h" } # small\n');
  });

  test('that dotted keys define', async () => {
    await given('[[runners]]\n  docker.image = "a"\n  docker.volumes = []\n  name = "n"\n')
      .doing(set('docker.image', 'b'), set('docker.privileged', true))
      .gives(
        '[[runners]]\n  docker.image = "b"\n  docker.privileged = true\n  docker.volumes = []\n  name = "n"\n',
      );
  });

  test('and a date is written as a date', async () => {
    await given('[[runners]]\n  token_expires_at = 0001-01-01T00:00:00Z\n')
      .doing(set('token_expires_at', '2027-01-01T00:00:00Z'))
      .gives('[[runners]]\n  token_expires_at = 2027-01-01T00:00:00Z\n');
  });
});

describe('nothing is changed', () => {
  test('when the value is there already', async () => {
    await given(one)
      .doing(set('name', 'builder'), set('docker.volumes', ['/cache']))
      .changesNothing();
  });

  test('when it is there in another notation', async () => {
    await given("[[runners]]\n  limit = 0x10\n  name = 'a'\n  token_expires_at = 2026-01-01 10:00:00.50Z\n")
      .doing(
        set('limit', 16),
        set('name', 'a'),
        set('token_expires_at', new DateTime('2026-01-01T10:00:00.5Z')),
      )
      .changesNothing();
  });

  test('when a list has the element, or does not have it', async () => {
    await given(one)
      .doing(add('docker.volumes', ['/cache']), remove('docker.volumes', ['/x']))
      .changesNothing();
  });

  test('when there is no such key', async () => {
    await given(one).doing(unset('docker.privileged'), unset('machine.IdleCount')).changesNothing();
  });
});

describe('a new key', () => {
  test('goes to its canonical place', async () => {
    await given(one)
      .doing(set('limit', 3), set('docker.privileged', true), set('docker.shm_size', 0))
      .gives(
        one
          .replace('the fast one\n', 'the fast one\n  limit = 3\n')
          .replace('image = "alpine"\n', 'image = "alpine"\n    privileged = true\n')
          .replace('["/cache"]\n', '["/cache"]\n    shm_size = 0\n'),
      );
  });

  test('leaves a comment to the key it stands above', async () => {
    await given('[[runners]]\n  # the image\n  executor = "shell"\n')
      .doing(set('name', 'a'))
      .gives('[[runners]]\n  name = "a"\n  # the image\n  executor = "shell"\n');
  });

  test('follows its neighbours: tabs, no blanks around the equals sign', async () => {
    await given('[[runners]]\n\tname="a"\n\t[runners.docker]\n\t\timage="x"\n')
      .doing(set('limit', 1), set('docker.privileged', true))
      .gives('[[runners]]\n\tname="a"\n\tlimit=1\n\t[runners.docker]\n\t\timage="x"\n\t\tprivileged=true\n');
  });

  test('that gitlab-runner does not know goes last', async () => {
    await given('[[runners]]\n  name = "a"\n  executor = "shell"\n\n[other]\n')
      .doing(set('my own', 1))
      .gives('[[runners]]\n  name = "a"\n  executor = "shell"\n  "my own" = 1\n\n[other]\n');
  });

  test('in a file with CRLF, a byte order mark and no final newline', async () => {
    await given('\ufeff[[runners]]\r\n  name = "a"')
      .doing(set('limit', 1))
      .gives('\ufeff[[runners]]\r\n  name = "a"\r\n  limit = 1');
  });

  test('of the global section leaves the head of the file alone', async () => {
    await given('# managed by hand\nconcurrent = 1\n')
      .doing(set('listen_address', ':9252', 'global'))
      .gives('# managed by hand\nconcurrent = 1\nlisten_address = ":9252"\n');
  });

  test('of the global section in a file that begins with a table', async () => {
    await given('[[runners]]\nname = "a"\n')
      .doing(set('concurrent', 2, 'global'))
      .gives('concurrent = 2\n\n[[runners]]\nname = "a"\n');
  });

  test('between sorted names of a map', async () => {
    await given('[[runners]]\n  [runners.feature_flags]\n    FF_A = true\n    FF_C = true\n')
      .doing(set('feature_flags.FF_B', true))
      .gives('[[runners]]\n  [runners.feature_flags]\n    FF_A = true\n    FF_B = true\n    FF_C = true\n');
  });

  test('of a later runner', async () => {
    await given('[[runners]]\nname = "a"\n# second\n[[runners]]\nname = "b"\n')
      .doing(set('limit', 2, 1))
      .gives('[[runners]]\nname = "a"\n# second\n[[runners]]\nname = "b"\nlimit = 2\n');
  });
});

describe('a new table', () => {
  test('stands where gitlab-runner writes it', async () => {
    await given(one)
      .doing(set('cache.s3.BucketName', 'b'), set('docker.tmpfs./run', 'rw'))
      .gives(
        `${one.replace(
          '  [runners.docker]\n',
          '  [runners.cache]\n    [runners.cache.s3]\n      BucketName = "b"\n  [runners.docker]\n',
        )}    [runners.docker.tmpfs]\n      "/run" = "rw"\n`,
      );
  });

  test('stands flat in a flat file', async () => {
    await given('[[runners]]\nname = "a"\n\n[runners.docker]\nimage = "x"\n')
      .doing(set('cache.Type', 's3'))
      .gives('[[runners]]\nname = "a"\n\n[runners.cache]\nType = "s3"\n\n[runners.docker]\nimage = "x"\n');
  });

  test('does not take over the comments above it', async () => {
    await given('[[runners]]\n  name = "a"\n  # said about the runner\n')
      .doing(set('docker.image', 'x'))
      .gives('[[runners]]\n  name = "a"\n  # said about the runner\n\n  [runners.docker]\n    image = "x"\n');
  });

  test('of the global section stands before the runners', async () => {
    await given(one)
      .doing(set('session_server.session_timeout', 1800, 'global'))
      .gives(
        one.replace('concurrent = 4\n', 'concurrent = 4\n\n[session_server]\n  session_timeout = 1800\n'),
      );
  });

  test('gives a table that only its sub-tables announced a header', async () => {
    await given('[[runners]]\n  name = "a"\n  [runners.docker.tmpfs]\n    "/run" = "rw"\n')
      .doing(set('docker.image', 'x'))
      .gives(
        '[[runners]]\n  name = "a"\n  [runners.docker]\n    image = "x"\n  [runners.docker.tmpfs]\n    "/run" = "rw"\n',
      );
  });

  test('of a list gets double brackets and a blank line', async () => {
    await given(one)
      .doing(
        add('docker.services', [{ name: 'docker:dind' }]),
        add('docker.services', [{ name: 'redis', alias: 'cache' }]),
      )
      .gives(
        `${one}\n    [[runners.docker.services]]\n      name = "docker:dind"\n\n    [[runners.docker.services]]\n      name = "redis"\n      alias = "cache"\n`,
      );
  });

  test('a table added to a list of tables stands as close to the others as they do', () =>
    given(
      '[[runners]]\n  [[runners.docker.services]]\n    name = "a"\n  [[runners.docker.services]]\n    name = "b"\n',
    )
      .doing(add('docker.services', [{ name: 'c' }]))
      .gives(
        '[[runners]]\n  [[runners.docker.services]]\n    name = "a"\n  [[runners.docker.services]]\n    name = "b"\n  [[runners.docker.services]]\n    name = "c"\n',
      ));

  test('below an element of a list of tables', async () => {
    await given(
      '[[runners]]\n  [[runners.docker.services]]\n    name = "a"\n  [[runners.docker.services]]\n    name = "b"\n',
    )
      .doing(set('docker.services.0.x.y', 1))
      .gives(
        '[[runners]]\n  [[runners.docker.services]]\n    name = "a"\n    [runners.docker.services.x]\n      y = 1\n  [[runners.docker.services]]\n    name = "b"\n',
      );
  });
});

describe('a list', () => {
  test('that begins on the line of its key: an element there goes with its comment', () =>
    given('[[runners]]\nenvironment = ["TZ=UTC",   # timezone\n  \'FOO=bar\']  # foo\n')
      .doing(remove('environment', ['TZ=UTC']))
      .gives("[[runners]]\nenvironment = [\n  'FOO=bar']  # foo\n"));

  test('on one line grows and shrinks on its line', async () => {
    await given('[[runners]]\nenvironment = ["A=1", "B=2",] # two\n')
      .doing(add('environment', ['C=3']), remove('environment', ['A=1']))
      .gives('[[runners]]\nenvironment = ["B=2", "C=3",] # two\n');
  });

  const long = '[[runners]]\n  environment = [\n    # first\n    "A=1", # a\n    "B=2" # b\n  ]\n';

  test('over several lines grows by a line in its own style', async () => {
    await given(long)
      .doing(add('environment', ['C=3']))
      .gives('[[runners]]\n  environment = [\n    # first\n    "A=1", # a\n    "B=2", # b\n    "C=3"\n  ]\n');
  });

  test('over several lines keeps its trailing comma', async () => {
    await given('[[runners]]\n  x = [\n    1,\n    2,\n  ]\n')
      .doing(add('x', [3]))
      .gives('[[runners]]\n  x = [\n    1,\n    2,\n    3,\n  ]\n');
  });

  test('loses an element with the comments that belong to it', async () => {
    await given(long)
      .doing(remove('environment', ['A=1']))
      .gives('[[runners]]\n  environment = [\n    "B=2" # b\n  ]\n');
    await given(long)
      .doing(remove('environment', ['B=2']))
      .gives('[[runners]]\n  environment = [\n    # first\n    "A=1" # a\n  ]\n');
  });

  test('that is set anew keeps what stays as it is', async () => {
    await given(long)
      .doing(set('environment', ['A=1', 'X=9', 'B=2']))
      .gives('[[runners]]\n  environment = [\n    # first\n    "A=1", # a\n    "X=9",\n    "B=2" # b\n  ]\n');
  });

  test('that is empty', async () => {
    await given('[[runners]]\nx = []\ny = [ ]\nz = [\n]\n')
      .doing(add('x', ['a']), add('y', ['a']), add('z', ['a']))
      .gives('[[runners]]\nx = ["a"]\ny = [ "a" ]\nz = [\n  "a",\n]\n');
  });

  test('in single quotes stays in single quotes', async () => {
    await given("[[runners]]\nx = ['a']\n")
      .doing(add('x', ['b']))
      .gives("[[runners]]\nx = ['a', 'b']\n");
  });

  test('that stands as one word becomes a list', async () => {
    await given('[[runners]]\n  [runners.docker]\n    pull_policy = "always" # p\n')
      .doing(add('docker.pull_policy', ['if-not-present']))
      .gives('[[runners]]\n  [runners.docker]\n    pull_policy = ["always", "if-not-present"] # p\n');
  });

  test('that is missing is made', async () => {
    await given('[[runners]]\n  name = "a"\n')
      .doing(add('environment', ['A=1']))
      .gives('[[runners]]\n  name = "a"\n  environment = ["A=1"]\n');
  });

  test('of tables loses exactly the one that was named', async () => {
    await given(
      '[[runners]]\n  # one\n  [[runners.docker.services]]\n    name = "a"\n\n  # two\n  [[runners.docker.services]]\n    name = "b" # b\n',
    )
      .doing(remove('docker.services', [{ name: 'a' }]))
      .gives('[[runners]]\n\n  # two\n  [[runners.docker.services]]\n    name = "b" # b\n');
  });
});

describe('a key is taken away', () => {
  test('with the comments above and beside it', async () => {
    await given(one)
      .doing(unset('token'), unset('name'), unset('docker.volumes'))
      .gives(
        'concurrent = 4\n\n[[runners]]\n  url = "https://gitlab.example.com"\n  executor = "docker"\n  [runners.docker]\n    image = "alpine"\n',
      );
  });

  test('but not with a setting that is commented out', async () => {
    await given('[[runners]]\n  #limit = 3\n  name = "a"\n')
      .doing(unset('name'))
      .gives('[[runners]]\n  #limit = 3\n');
  });

  test('but not with the head of the file', async () => {
    await given('# my runners\nconcurrent = 1\ncheck_interval = 0\n')
      .doing(unset('concurrent', 'global'))
      .gives('# my runners\ncheck_interval = 0\n');
  });

  test('and its table stays, even when nothing else made it', async () => {
    await given('[[runners]]\n  [runners.docker]\n    image = "x"\n')
      .doing(unset('docker.image'))
      .gives('[[runners]]\n  [runners.docker]\n');
    await given('[[runners]]\n  docker.image = "x"\n')
      .doing(unset('docker.image'))
      .gives('[[runners]]\n  [runners.docker]\n');
  });

  test('that is a table, while what follows keeps its comments', async () => {
    await given(
      '[[runners]]\n  name = "a"\n  [runners.docker]\n    image = "x"\n    # more of docker\n  # limit = 3\n  # cache\n  [runners.cache]\n    Type = "s3"\n  # at the end\n',
    )
      .doing(unset('docker'))
      .gives(
        '[[runners]]\n  name = "a"\n  # limit = 3\n  # cache\n  [runners.cache]\n    Type = "s3"\n  # at the end\n',
      );
    await given(
      '[[runners]]\n  name = "a"\n  [runners.docker]\n    image = "x"\n  # limit = 3\n# at the end\n',
    )
      .doing(unset('docker'))
      .gives('[[runners]]\n  name = "a"\n  # limit = 3\n# at the end\n');
  });

  test('from an inline table', async () => {
    await given('[[runners]]\ndocker = { image = "a", host = "h" }\n')
      .doing(unset('docker.host'))
      .gives('[[runners]]\ndocker = { image = "a" }\n');
    await given('[[runners]]\ndocker = {image = "a"}\n')
      .doing(unset('docker.image'))
      .gives('[[runners]]\ndocker = {}\n');
  });

  test('that is a table, with all below it, wherever it stands', async () => {
    await given(
      '[[runners]]\n  name = "a"\n  [runners.docker.tmpfs]\n    "/run" = "rw"\n  # cache\n  [runners.cache]\n    Type = "s3"\n\n[session_server]\n  x = 1\n\n  # docker\n  [runners.docker]\n    image = "x"\n    # extra_hosts = []\n',
    )
      .doing(unset('docker'))
      .gives(
        '[[runners]]\n  name = "a"\n  # cache\n  [runners.cache]\n    Type = "s3"\n\n[session_server]\n  x = 1\n',
      );
  });
});

describe('a runner is taken away', () => {
  const three = `# all of them
concurrent = 1

# first
[[runners]]
  name = "a"
  [runners.docker]
    image = "x"

    # for later
    # extra_hosts = []

# [[runners]]
#   name = "retired"

# second,
# the big one
[[runners]] # here
  name = "b" # B
  [runners.cache]
  [[runners.docker.services]]
    name = "s"

[[runners]]
  name = "c"

[session_server]
  session_timeout = 1800
  # still of c? no
`;

  test('with its sub-tables and its comments, the first', async () => {
    await given(three)
      .doing({ do: 'remove-runner', at: 0 })
      .gives(three.replace(/\n# first[\s\S]*?# extra_hosts = \[\]\n/, ''));
  });

  test('the one between, and a runner that is commented out stays', async () => {
    await given(three)
      .doing({ do: 'remove-runner', at: 1 })
      .gives(three.replace(/\n# second,[\s\S]*?name = "s"\n/, ''));
  });

  test('the last, and a table of the global section that follows it stays', async () => {
    await given(three)
      .doing({ do: 'remove-runner', at: 2 })
      .gives(three.replace('\n[[runners]]\n  name = "c"\n', ''));
  });

  test('and all of them', async () => {
    await given('concurrent = 1\n\n[[runners]]\n  name = "a"\n\n[[runners]]\n  name = "b"\n')
      .doing({ do: 'remove-runner', at: 1 }, { do: 'remove-runner', at: 0 })
      .gives('concurrent = 1\n');
  });

  const dense = `concurrent = 2

# about a
[[runners]]
  name = "a"
  # more of a
# about b
[[runners]]
  name = "b"
# about c
# limit = 3
[[runners]]
  name = "c"
  [runners.docker]
    image = "x"
  # more of c
# at the end
`;
  const flat = `[[runners]]
name = "a"
# limit = 1

# about b
[[runners]]
name = "b"
# limit = 2
[[runners]]
name = "c"
# limit = 3
`;

  test.each([
    ['the first', dense, 0, /# about a[\s\S]*# more of a\n/],
    ['the one between', dense, 1, /# about b[\s\S]*name = "b"\n/],
    ['the last', dense, 2, /\[\[runners\]\]\n {2}name = "c"[\s\S]*# more of c\n/],
    ['the first, not indented', flat, 0, /\[\[runners\]\]\nname = "a"\n# limit = 1\n\n/],
    ['the one between, not indented', flat, 1, /# about b\n\[\[runners\]\]\nname = "b"\n/],
    ['the last, not indented', flat, 2, /\[\[runners\]\]\nname = "c"\n/],
  ])('and what follows keeps its comments, without blank lines: %s', async (_, text, at, gone) => {
    await given(text).doing({ do: 'remove-runner', at }).gives(text.replace(gone, ''));
  });

  test('and a comment behind the last is not drawn to the runner before', async () => {
    const text = '[[runners]]\n  name = "a"\n\n[[runners]]\n  name = "b"\n# at the end\n';
    await given(text)
      .doing({ do: 'remove-runner', at: 1 })
      .gives('[[runners]]\n  name = "a"\n\n# at the end\n');
  });

  test('from an inline list', async () => {
    await given('runners = [{ name = "a" }, { name = "b" }]\n')
      .doing({ do: 'remove-runner', at: 0 })
      .gives('runners = [{ name = "b" }]\n');
  });

  test('while a table of the global section stands among its own', async () => {
    await given(
      '[[runners]]\n  name = "a"\n[session_server]\n  x = 1\n  [runners.docker]\n    image = "x"\n[[runners]]\n  name = "b"\n',
    )
      .doing({ do: 'remove-runner', at: 0 })
      .gives('[session_server]\n  x = 1\n[[runners]]\n  name = "b"\n');
  });
});

describe('a runner is added', () => {
  const block = { do: 'append', block: { name: 'new', executor: 'shell', cache: { s3: {} } } } as const;
  const lines = [
    '[[runners]]',
    '  name = "new"',
    '  url = ""',
    '  id = 0',
    '  token = ""',
    '  token_obtained_at = 0001-01-01T00:00:00Z',
    '  token_expires_at = 0001-01-01T00:00:00Z',
    '  executor = "shell"',
    '  [runners.cache]',
    '    MaxUploadedArchiveSize = 0',
    '    [runners.cache.s3]',
    '      AssumeRoleMaxConcurrency = 0',
  ];
  const native = `${lines.join('\n')}\n`;

  test('behind the others, after a blank line', async () => {
    await given(one).doing(block).gives(`${one}\n${native}`);
  });

  test('to a file without runners, and to an empty one', async () => {
    await given('concurrent = 1\n').doing(block).gives(`concurrent = 1\n\n${native}`);
    await given('').doing(block).gives(native);
    await given('\ufeff# nothing yet\n').doing(block).gives(`\ufeff# nothing yet\n\n${native}`);
  });

  test('indented as the file is', async () => {
    await given('[[runners]]\nname = "a"\n[runners.docker]\nimage = "x"\n')
      .doing(block)
      .gives(
        `[[runners]]\nname = "a"\n[runners.docker]\nimage = "x"\n\n${lines.map((line) => `${line.trim()}\n`).join('')}`,
      );
    await given('[[runners]]\n\tname = "a"\n')
      .doing(block)
      .gives(`[[runners]]\n\tname = "a"\n\n${native.replaceAll('  ', '\t')}`);
  });

  test('with CRLF, and without a final newline where there was none', async () => {
    await given('[[runners]]\r\n  name = "a"')
      .doing(block)
      .gives(`[[runners]]\r\n  name = "a"\r\n\r\n${lines.join('\r\n')}`);
  });

  test('before the blank lines at the end of the file', async () => {
    await given('concurrent = 1\n\n\n').doing(block).gives(`concurrent = 1\n\n${native}\n\n`);
  });

  test('to an inline list', async () => {
    await given('runners = [{ name = "a" }]\n')
      .doing({ do: 'append', block: { name: 'b', executor: 'shell' } })
      .gives(
        'runners = [{ name = "a" }, {name = "b", url = "", id = 0, token = "", token_obtained_at = 0001-01-01T00:00:00Z, token_expires_at = 0001-01-01T00:00:00Z, executor = "shell"}]\n',
      );
  });
});

describe('an edit is refused', () => {
  test('of a runner that is not there', async () => {
    await given(one)
      .doing(set('name', 'x', 1))
      .isRefused('config.toml has no runner number 2\nIt has 1.');
  });

  test('of a key below a value', async () => {
    await given(one)
      .doing(set('name.x', 1))
      .isRefused('config.toml: runners.name cannot contain "x"\nIt is a value, not a table.');
  });

  test('of an element that a list does not have', async () => {
    await given(one)
      .doing(set('docker.volumes.4', 'x'))
      .isRefused('config.toml: runners.docker.volumes cannot contain "4"\nIt is a list of 1.');
  });

  test('that adds to what is no list', async () => {
    await given(one)
      .doing(add('name', ['x']))
      .isRefused('runners.name is not a list, so nothing can be added or removed');
  });

  test('when a comment would be lost', async () => {
    await given('[[runners]]\nx = { a.b = [\n  1, # one\n] }\n')
      .doing(set('x.a.b', 2))
      .isRefused(
        'config.toml was not changed, because the change could damage it\nA comment would be lost.\nMake the change in a text editor:\n  line 2: set runners.x.a.b to 2',
      );
  });
});

describe('a key that every object of JavaScript has is one like others', () => {
  const before = '[[runners]]\n  name = "a"\n  [runners.docker.sysctls]\n    "__proto__" = "x"\n';

  test.each(['__proto__', 'constructor', 'toString'])('%s', async (key) => {
    const text = before.replace('"__proto__"', key);
    await given(text).doing(set('name', 'b')).gives(text.replace('"a"', '"b"'));
    await given(text)
      .doing(set(`docker.sysctls.${key}`, 'y'))
      .gives(text.replace('"x"', '"y"'));
    await given(text)
      .doing(set('docker.sysctls', { z: '1' }))
      .gives(text.replace(`${key} = "x"`, 'z = "1"'));
    await given('[[runners]]\n')
      .doing(set(`docker.sysctls.${key}`, 'y'))
      .gives(`[[runners]]\n  [runners.docker]\n    [runners.docker.sysctls]\n      ${key} = "y"\n`);
    await given('[[runners]]\n[runners.feature_flags]\nA = true\n')
      .doing(set('feature_flags', JSON.parse(`{ "A": true, "${key}": false }`)))
      .gives(`[[runners]]\n[runners.feature_flags]\nA = true\n${key} = false\n`);
  });
});
