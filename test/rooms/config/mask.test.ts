import { describe, expect, test } from 'vitest';
import { maskLines, maskToml, maskValue, starredLine } from '../../../src/config/mask.ts';
import { generateConfig } from './generate.ts';
import { Chance } from './random.ts';

describe('secrets in a line are hidden', () => {
  test.each([
    ['  token = "glrt-x" # why', '  token = "******" # why'],
    ["SecretKey = 'a b'", "SecretKey = '* *'"],
    [
      'environment = ["A=1", "CI_JOB_TOKEN=abc", "DOCKER_AUTH_CONFIG=xyz"]',
      'environment = ["A=*", "CI_JOB_TOKEN=***", "DOCKER_AUTH_CONFIG=***"]',
    ],
    ['# old: glrt-t1_abcdefghij0123456789', '# old: ****************************'],
    ['x = { token = "abc" }', 'x = { token = "***" }'],
    ["environment = ['db_password=a,b c']", "environment = ['db_password=*** *']"],
    ['MachineOptions = ["amazonec2-secret-key=abc"]', 'MachineOptions = ["amazonec2-secret-key=***"]'],
    ['clone_url = "https://u:pw@host/"', 'clone_url = "https://u:**@host/"'],
    ['token = abc def', 'token = *** ***'],
    ['password = 12345', 'password = *****'],
    ['# environment = ["A=b c"]', '# environment = ["A=* *"]'],
    ["#don't: environment = ['A=b']", "#don't: environment = ['A=*']"],
    ['environment = "A=b"', 'environment = "A=*"'],
    ['"environment" = ["A=b"]', '"environment" = ["A=*"]'],
    ['Environment = ["A=b", "nothing but a secret"]', 'Environment = ["A=*", "******* *** * ******"]'],
    [
      'services = [{ name = "x", environment = ["A=b"] }]',
      'services = [{ name = "x", environment = ["A=*"] }]',
    ],
    ['SecretKey = "$abcDEF123/x"', 'SecretKey = "************"'],
    ['SecretKey = "$abcDEF"', 'SecretKey = "*******"'],
    ['api_token = "abc"', 'api_token = "***"'],
    ['passphrase = "abc"', 'passphrase = "***"'],
    [
      'config_args = ["--password", "x1", "--user", "ada"]',
      'config_args = ["--password", "**", "--user", "ada"]',
    ],
    ['config_args = ["--password=x1"]', 'config_args = ["--password=**"]'],
    ['config_args = ["login", "-u", "ada", "-p", "x1"]', 'config_args = ["login", "-u", "ada", "-p", "**"]'],
    ['args = ["mongosh", "-p", "x1"]', 'args = ["mongosh", "-p", "**"]'],
    ['args = ["mkdir", "-p", "/x1"]', 'args = ["mkdir", "-p", "/x1"]'],
  ])('%s', (line, masked) => {
    expect(starredLine(line, 1)).toBe(masked);
  });
});

describe('secrets in scripts and other texts are hidden, whatever the key', () => {
  test.each([
    ['export API_TOKEN=abc1 && make', 'export API_TOKEN=[hidden] && make'],
    ["export API_TOKEN='a b'; make", "export API_TOKEN='[hidden]'; make"],
    [
      'GPG_PASSPHRASE=abc MYSQL_PW=abc PGPASS=abc COOKIE=abc run',
      'GPG_PASSPHRASE=[hidden] MYSQL_PW=[hidden] PGPASS=[hidden] COOKIE=[hidden] run',
    ],
    ['set DB_PASSWORD=a1%', 'set DB_PASSWORD=[hidden]'],
    ["$env:API_TOKEN = 'abc'", "$env:API_TOKEN = '[hidden]'"],
    ['docker login -u ada -p x1 host', 'docker login -u ada -p [hidden] host'],
    ['docker login --password x1 host', 'docker login --password [hidden] host'],
    ['echo x1 | docker login --password-stdin', 'echo [hidden] | docker login --password-stdin'],
    ["curl -H 'PRIVATE-TOKEN: abc' https://host", "curl -H 'PRIVATE-TOKEN: [hidden]' https://host"],
    [
      "curl -H 'Authorization: Basic YTpi' https://host",
      "curl -H 'Authorization: Basic [hidden]' https://host",
    ],
    ['curl -u ada:x1 https://host', 'curl -u ada:[hidden] https://host'],
    ['curl https://host/?private_token=abc&x=1', 'curl https://host/?private_token=[hidden]&x=1'],
    ['git clone https://ada:x1@host/a.git', 'git clone https://ada:[hidden]@host/a.git'],
    ['git clone https://oauth2:p@ss@host/a.git', 'git clone https://oauth2:[hidden]@host/a.git'],
    ['sshpass -p x1 ssh host', 'sshpass -p [hidden] ssh host'],
    ['mysql -u root -px1 db', 'mysql -u root -p[hidden] db'],
    [
      "printf '%s' x1 | docker login --password-stdin",
      "printf '%s' [hidden] | docker login --password-stdin",
    ],
    ['echo root:x1 | chpasswd', 'echo [hidden] | chpasswd'],
    ["echo 'password=x1' >> f; echo 'y'", "echo 'password=[hidden]' >> f; echo 'y'"],
    ['curl -H PRIVATE-TOKEN:x1 https://host', 'curl -H PRIVATE-TOKEN:[hidden] https://host'],
    ['aws configure set aws_secret_access_key x1', 'aws configure set aws_secret_access_key [hidden]'],
    ['setx API_TOKEN x1', 'setx API_TOKEN [hidden]'],
    ["SetEnvironmentVariable('API_TOKEN', 'x1')", "SetEnvironmentVariable('API_TOKEN', '[hidden]')"],
    ['redis-cli -h host -a x1', 'redis-cli -h host -a [hidden]'],
    ['security unlock-keychain -p x1 login.keychain', 'security unlock-keychain -p [hidden] login.keychain'],
    ['gitlab-runner register -r x1 --name n', 'gitlab-runner register -r [hidden] --name n'],
    ['<password>x1</password><name>n</name>', '<password>[hidden]</password><name>n</name>'],
    [
      "echo 'machine host login ada password x1' > ~/.netrc",
      "echo 'machine host login ada password [hidden]' > ~/.netrc",
    ],
    ['export API_TOKEN=$(echo x1)', 'export API_TOKEN=$(echo [hidden])'],
    ['API_TOKEN=$(printf x1 | base64 -d)', 'API_TOKEN=$(printf [hidden] | base64 -d)'],
    ['API_TOKEN=`echo -n x1`', 'API_TOKEN=`echo -n [hidden]`'],
    ['API_TOKEN=$(vault login x1)', 'API_TOKEN=$(vault login [hidden])'],
    ['docker login -p $(echo x1) host', 'docker login -p $(echo [hidden]) host'],
    ['mongosh -u ada -p x1 db', 'mongosh -u ada -p [hidden] db'],
    ['mongodump --host h -p=x1', 'mongodump --host h -p=[hidden]'],
    ['cqlsh -u ada -p x1 host', 'cqlsh -u ada -p [hidden] host'],
    ['sqlcmd -S host -U ada -P x1 -Q q', 'sqlcmd -S host -U ada -P [hidden] -Q q'],
    ['zip -P x1 a.zip f', 'zip -P [hidden] a.zip f'],
    ['unzip -o -P x1 a.zip', 'unzip -o -P [hidden] a.zip'],
    ['7z x -px1 a.7z', '7z x -p[hidden] a.7z'],
    ['plink -pw x1 host', 'plink -pw [hidden] host'],
    ['ldapsearch -x -D cn=a -w x1 -b dc=b', 'ldapsearch -x -D cn=a -w [hidden] -b dc=b'],
    ['lftp -u ada,x1 host', 'lftp -u ada,[hidden] host'],
    ['smbclient -U ada%x1 //host/a', 'smbclient -U ada%[hidden] //host/a'],
    ['htpasswd -bc file ada x1', 'htpasswd -bc file ada [hidden]'],
    ['//host/:_authToken=abc', '//host/:_authToken=[hidden]'],
    [
      'kubectl create secret generic s --from-literal=password=x1',
      'kubectl create secret generic s --from-literal=password=[hidden]',
    ],
    ["{'password': 'x1', 'name': 'n'}", "{'password': '[hidden]', 'name': 'n'}"],
    ['password: x1', 'password: [hidden]'],
    ['echo glpat-abcdefghij0123456789 corp-glrt-t1_abcdefghij0123456789.01.abc', 'echo [hidden] [hidden]'],
  ])('%s', (script, masked) => {
    expect(maskToml(`pre_build_script = "${script}"\n`)).toBe(`pre_build_script = "${masked}"\n`);
    expect(maskToml(`post_clone_script = """\n${script}\n"""\n`)).toBe(
      `post_clone_script = """\n${masked}\n"""\n`,
    );
    expect(maskToml(`# ${script}\n`)).toBe(`# ${masked}\n`);
  });

  test('JSON in a string of TOML', () => {
    const json = String.raw`x = "{\"auths\": {\"r\": {\"password\": \"a\\\"b\", \"auth\":\"d e\"}}, \"n\": 1}"`;
    expect(maskToml(json)).toBe(
      String.raw`x = "{\"auths\": {\"r\": {\"password\": \"[hidden]\", \"auth\":\"[hidden]\"}}, \"n\": 1}"`,
    );
  });

  test('variables of a pod', () => {
    expect(maskToml(`patch = '''\n- name: DB_PASSWORD\n  value: x1\n- name: A\n  value: b\n'''\n`)).toBe(
      `patch = '''\n- name: DB_PASSWORD\n  value: [hidden]\n- name: A\n  value: b\n'''\n`,
    );
    expect(maskToml(`patch = '[{"name": "DB_PASSWORD", "value": "x1"}]'`)).toBe(
      `patch = '[{"name": "DB_PASSWORD", "value": "[hidden]"}]'`,
    );
  });

  test('a private key, on all of its lines', () => {
    const key = (inside: string) =>
      `s = """\n-----BEGIN RSA PRIVATE KEY-----\n${inside}\n-----END RSA PRIVATE KEY-----\n"""\n`;
    expect(maskToml(key('abc\ndef'))).toBe(key('[hidden]\n[hidden]'));
  });
});

describe('what is no secret stays', () => {
  test.each([
    ['[runners.kubernetes.affinity.node_affinity.preferred_during_scheduling_ignored_during_execution]'],
    ['[[runners.kubernetes.affinity.pod_anti_affinity.required_during_scheduling_ignored_during_execution]]'],
    ['  docker = { image = "a" }'],
    ['  token = "${RUNNER_TOKEN}"'],
    ['  token = "$RUNNER_TOKEN"'],
    ['environment = ["A=${B}", "C=$D", "E="]'],
    ['token_expires_at = 2026-01-01T00:00:00Z'],
    ['tls-key-file = "/etc/key.pem"'],
    ['image = "registry.example.com/group/project/with/a/very/long/path/image-name/and-tag:latest"'],
    ['image = "alpine@sha256:0123456789012345678901234567890123456789012345678901234567890123"'],
    [
      'volumes = ["/srv/gitlab-runner/some/very/long/path/of/the/cache/directory:/cache:rw", "/a/token:/b/token"]',
    ],
    ['name = "global-docker-01"'],
    ['name = "glrt-runner"'],
    ['name = "token: build"'],
    ['url = "https://gitlab.example.com:8443/a@b"'],
    ['clone_url = "ssh://git@gitlab.example.com"'],
    ['image_pull_secrets = ["regcred"]'],
    ['automount_service_account_token = true'],
    ['bearer_token_overwrite_allowed = false'],
    [
      'pre_build_script = "docker login --password-stdin < /run/token; mkdir -p /x; export API_TOKEN=$(cat /t) B_TOKEN=$C"',
    ],
    ['pre_build_script = "API_TOKEN=$(echo $A) B_TOKEN=$(cat /t | base64) C=$(echo a) D_TOKEN=$(date)"'],
    [
      'pre_build_script = "mkdir -p /x; ssh -p 22 host; mongosh -p $P; zip -r a.zip b; unzip -p a.zip; ldapsearch -W"',
    ],
    [
      'pre_build_script = "htpasswd -c file ada; 7z a a.7z b; cp -p a b; docker run -p 80:80 a; psql -p 5432"',
    ],
    ['# The token is in the vault; a password needs eight letters.'],
    ['# Key: see the page about authentication tokens'],
    ['CredentialsFile = "/etc/gcs.json"'],
    ['MachineOptions = ["amazonec2-keypair-name=a", "amazonec2-ssh-keypath=/k", "amazonec2-zone=a"]'],
  ])('%s', (line) => {
    expect(maskToml(`${line}\n`)).toBe(`${line}\n`);
  });

  test('the paths of a volume of secrets', () => {
    const text = '[runners.kubernetes.volumes.secret.items]\n  password = "group/password"\n';
    expect(maskToml(text)).toBe(text);
  });

  test('what is hidden already is not hidden again', () => {
    const text = 'token = "a"\nenvironment = ["A=b"]\nx = "PW=c https://u:p@h"\n';
    expect(maskToml(maskToml(text))).toBe(maskToml(text));
  });
});

describe('several lines', () => {
  test('a secret is hidden on all of its lines', () => {
    expect(maskToml('a = 1\ntoken = """\nabc\n  def"""\nb = """\nx"""\n')).toBe(
      'a = 1\ntoken = """\n[hidden]\n  [hidden]"""\nb = """\nx"""\n',
    );
  });

  test('a list, and one in a comment', () => {
    const list = (value: string, sign = '') =>
      ['environment = [', `  "A=${value}", # why`, `  'B=${value}',`, ']', ''].join(`\n${sign}`);
    expect(maskToml(list('x'))).toBe(list('[hidden]'));
    expect(maskToml(`#${list('x', '#')}`)).toBe(`#${list('[hidden]', '#')}`);
  });

  test('an environment variable that goes on', () => {
    expect(maskToml("environment = ['''A=x\ny''', 'B=z']\n")).toBe(
      "environment = ['''A=[hidden]\n[hidden]''', 'B=[hidden]']\n",
    );
  });

  test.each([
    [
      'environment = ["A=b"\n[[runners]]\nname = "n"\ntoken = "t"\n',
      'environment = ["A=[hidden]"\n[[runners]]\nname = "n"\ntoken = "[hidden]"\n',
    ],
    ['x = { a = "b"\n[runners.docker]\nimage = "i"\n', 'x = { a = "b"\n[runners.docker]\nimage = "i"\n'],
    ['token = "abc\nname = "n"\n', 'token = "[hidden]\nname = "n"\n'],
    ['token = {{ x }}\nname = "n"\n', 'token = {{ x }}\nname = "n"\n'],
    ['x = """ not closed\ntoken = "t"\n', 'x = """ not closed\ntoken = "[hidden]"\n'],
  ])('what is broken does not reach beyond the next header or key: %j', (text, masked) => {
    expect(maskToml(text)).toBe(masked);
  });

  test('any lines are hidden as they are in the whole', () => {
    const lists = `#environment = [\n#  "A=b",\n#]\nx = 1 # environment = [\n#  "A=b",\n#]\n[a.items]\npassword = "p"\n`;
    const texts = Array.from({ length: 30 }, (_, at) => generateConfig(new Chance(at + 1), 'wild'));
    for (const text of [lists.repeat(3), ...texts]) {
      const whole = maskToml(text).split(/(?<=\n)/);
      for (let first = 1; first <= whole.length; first++) {
        const last = Math.min(first + 4, whole.length);
        expect(maskLines(text, { first, last })).toEqual(whole.slice(first - 1, last));
      }
    }
  });
});

test('a value alone is hidden by its key and its table', () => {
  expect(maskValue(['cache', 's3', 'SecretKey'], '"abc"')).toBe('"[hidden]"');
  expect(maskValue(['docker', 'services', '0', 'environment'], '["A=b"]')).toBe('["A=[hidden]"]');
  expect(maskValue(['environment'], '["A=b"]', { showEnvironment: true })).toBe('["A=b"]');
  expect(maskValue(['items', 'pass.word'], '"group/password"')).toBe('"group/password"');
});

test('with the environment shown, passwords in addresses and tokens of GitLab stay hidden', () => {
  const line =
    'environment = ["A=1", "MYSQL_PW=abc", "P=http://ada:x1@proxy:3128", "T=glpat-abcdefghij0123456789"]';
  expect(maskToml(line, { showEnvironment: true })).toBe(
    'environment = ["A=1", "MYSQL_PW=abc", "P=http://ada:[hidden]@proxy:3128", "T=[hidden]"]',
  );
});

test('time grows with the size of the text, not faster', () => {
  const unit = [
    'token = "a"',
    `x = "${'a-'.repeat(200)}"`,
    `# ${'\'"[{'.repeat(50)} # # # PW=`,
    `y = '${'"name": "key'.repeat(20)}'`,
    `z = "${'login -p '.repeat(20)}://a:"`,
    '',
  ].join('\n');
  const timeOf = (count: number) => {
    const text = unit.repeat(count);
    const start = performance.now();
    maskToml(text);
    return performance.now() - start;
  };
  timeOf(20);
  const [small, large] = [timeOf(100), timeOf(1600)];
  expect(large / small).toBeLessThan(16 * 4);
});
