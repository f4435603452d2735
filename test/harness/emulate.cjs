// Loaded before the program to let it run as on Windows or macOS: what it asks of Node about files, paths, the user, and
// the system answers as there. Files lie in folders of this machine, by the table `folders` of the variable; the rest of
// the system, such as the registry or /proc, is as empty as in a fresh Windows or macOS. It is no Windows: a file that is
// open can be replaced unless `busy` says how often it cannot, and names keep their case.
const Module = require('node:module');
const { resolve } = require('node:path');
const real = { fs: require('node:fs'), os: require('node:os'), path: require('node:path') };
const children = require('node:child_process');

const { platform, folders, home, temp, busy, ownRights, runs } = JSON.parse(process.env.EMULATED);
delete process.env.EMULATED;
const isWindows = platform === 'win32';
const path = isWindows ? real.path.win32 : real.path.posix;
const uid = 501;
const ownUid = process.geteuid();
const here = process.cwd();

// Where a path of the emulated system lies: below the folder whose name it begins with.
function toReal(given) {
  if (typeof given !== 'string' || isOwn(given)) return given;
  const whole = path.resolve(toEmulated(here), given);
  const found = folders.find(([name]) => isBelow(whole, name));
  const rest = whole.slice(found[0].length).replaceAll('\\', '/');
  return resolve(found[1], `./${rest}`);
}

// The program's own files are read where they are.
const isOwn = (given) => given.replaceAll('\\', '/').startsWith(`${root}/`);
const root = resolve(__dirname, '../..');

const isBelow = (whole, name) =>
  `${whole}${path.sep}`
    .toLowerCase()
    .startsWith(name.endsWith(path.sep) ? name.toLowerCase() : `${name}${path.sep}`.toLowerCase());

function toEmulated(found) {
  const above = folders.filter(([, each]) => found === each || found.startsWith(`${each}/`));
  const [name, folder] = above.toSorted(([, one], [, other]) => other.length - one.length)[0] ?? ['/', ''];
  const below = found.slice(folder.length + 1);
  return path.join(name, isWindows ? below.replaceAll('/', '\\') : below);
}

function inWords(error) {
  if (error?.syscall === undefined) return error;
  for (const key of ['path', 'dest']) {
    const was = error[key];
    if (typeof was !== 'string') continue;
    error[key] = toEmulated(was);
    error.message = error.message.replaceAll(`'${was}'`, `'${error[key]}'`);
  }
  return error;
}

// Windows shows no owners, and of the mode only whether a file can be written.
function asShown(value) {
  if (!(value instanceof real.fs.Stats)) return value;
  if (!isWindows) return Object.assign(value, { uid: value.uid === ownUid ? uid : value.uid });
  const bits = value.mode & 0o200 ? 0o666 : 0o444;
  return Object.assign(value, {
    uid: 0,
    gid: 0,
    mode: (value.mode & ~0o777) | (value.isDirectory() ? 0o777 : bits),
  });
}

const twoPaths = /^(rename|link|copyFile|cp)/;
const givesPath = /^(realpath|readlink|mkdtemp|mkdir)/;

function refuseBusy(name, [, target]) {
  if (!/^rename/.test(name) || busy === undefined || path.basename(String(target)) !== busy.file) return;
  if (busy.times-- <= 0) return;
  throw Object.assign(new Error(`EPERM: operation not permitted, ${name}`), {
    code: 'EPERM',
    errno: -4048,
    syscall: 'rename',
  });
}

function wrap(name, call) {
  const leave = (value) =>
    givesPath.test(name) && typeof value === 'string' ? toEmulated(value) : held(asShown(value));
  const wrapped = (...given) => {
    refuseBusy(name, given);
    if (/ch(own|mod)/.test(name) && isWindows) return undefined;
    const words = given.map((one, at) => (at === 0 || (at === 1 && twoPaths.test(name)) ? toReal(one) : one));
    const done = words.at(-1);
    if (typeof done === 'function')
      words[words.length - 1] = (error, value) => done(inWords(error), leave(value));
    try {
      const value = call(...words);
      return value instanceof Promise
        ? value.then(leave, (error) => Promise.reject(inWords(error)))
        : leave(value);
    } catch (error) {
      throw inWords(error);
    }
  };
  return Object.assign(wrapped, call.native && { native: wrap(name, call.native) });
}

// What is opened shows itself as the system would.
function held(value) {
  if (typeof value?.fd !== 'number' || typeof value.stat !== 'function') return value;
  const stat = value.stat.bind(value);
  value.stat = async (...words) => asShown(await stat(...words));
  if (isWindows) value.chown = value.chmod = async () => {};
  return value;
}

const wrapAll = (calls) =>
  Object.fromEntries(
    Object.entries(calls).map(([name, call]) => [
      name,
      typeof call === 'function' && !/^[A-Z_]|Stream$/.test(name) ? wrap(name, call) : call,
    ]),
  );

const constants = { ...real.fs.constants };
if (isWindows)
  for (const name of ['O_NOFOLLOW', 'O_NONBLOCK', 'O_DIRECTORY', 'O_SYNC', 'O_NOCTTY'])
    delete constants[name];

const promises = { ...wrapAll(real.fs.promises), constants };
const fs = { ...wrapAll(real.fs), constants, promises };
const os = {
  ...real.os,
  platform: () => platform,
  EOL: isWindows ? '\r\n' : '\n',
  homedir: () => home,
  tmpdir: () => temp,
  userInfo: () => ({ ...real.os.userInfo(), uid: isWindows ? -1 : uid, username: 'ci', homedir: home }),
};

// The programs of the system that the program asks.
const answers = {
  'C:\\Windows\\System32\\reg.exe':
    '\r\n    MachineGuid    REG_SZ    6ccd9bd0-418f-4b5d-a4ee-4b8b0b3a7b1f\r\n\r\n',
  // What a file has that was made in a new folder of the drive.
  'C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe':
    'O:BAG:S-1-5-21-1-2-3-513D:AI(A;ID;FA;;;BA)(A;ID;FA;;;SY)(A;ID;0x1200a9;;;BU)(A;ID;0x1301bf;;;AU)\r\n',
  '/usr/sbin/ioreg': '      "IOPlatformUUID" = "A8226C69-2364-5B3E-83CC-1A72D7C1A679"\n',
};

// Rights of its own are shown without (I), those of its folder with it.
const rightsOf = (file) =>
  `${file} BUILTIN\\Users:${path.basename(file) === ownRights ? '' : '(I)'}(RX)\r\n\r\nSuccessfully processed 1 files; Failed processing 0 files\r\n`;

// The service of gitlab-runner that runs with the file of a case, as PowerShell and ps show it.
function runningService() {
  if (runs === undefined) return isWindows ? '{"services":[],"processes":[]}' : '';
  const line = `${isWindows ? 'C:\\GitLab-Runner\\gitlab-runner.exe' : '/usr/local/bin/gitlab-runner'} run --config ${runs} --service gitlab-runner`;
  const [pid, shared] = [812, { ProcessId: 812 }];
  const services = [{ Name: 'gitlab-runner', StartMode: 'Auto', PathName: line, ...shared }];
  const processes = [{ CommandLine: null, ...shared }];
  return isWindows
    ? JSON.stringify({ services, processes })
    : `    1     0 /sbin/launchd\n  ${pid}   ${uid} ${line}\n`;
}

// macOS has no GNU cp and no getfacl; it sets an attribute of its own on files, and its ls shows it as @.
const mode = '-rw-------@ 1 ci  staff  1 Nov 28 18:00';
const ofMac = {
  xattr: () => 'com.apple.provenance\n',
  ls: ([flags, ...names]) => {
    const file = names.at(-1);
    const list = flags === '-lde' && path.basename(file) === ownRights ? ' 0: user:ada allow read\n' : '';
    return `${mode} ${file}\n${list}`;
  },
  cp: () => {
    throw Object.assign(new Error('Command failed: cp'), { stderr: 'cp: illegal option -- -\n' });
  },
};

function execFileSync(program, words, ...rest) {
  if (words.includes('-EncodedCommand') || program === '/bin/ps') return runningService();
  if (!isWindows && Object.hasOwn(ofMac, program)) return ofMac[program](words);
  if (program.endsWith('\\icacls.exe')) return rightsOf(words[0]);
  if (Object.hasOwn(answers, program)) return answers[program];
  if (isWindows || program.startsWith('/') || program === 'getfacl')
    throw Object.assign(new Error(`spawnSync ${program} ENOENT`), { code: 'ENOENT' });
  return children.execFileSync(program, words, ...rest);
}

const emulated = {
  'node:fs': fs,
  'node:fs/promises': promises,
  'node:os': os,
  'node:path': path,
  'node:child_process': { ...children, execFileSync },
};

// Not before the program is loaded: what starts it is of this system.
function move() {
  Object.defineProperty(process, 'platform', { value: platform });
  process.cwd = () => toEmulated(here);
  for (const name of ['getuid', 'geteuid', 'getgid', 'getegid'])
    process[name] = isWindows ? undefined : () => uid;
}

// The loader of the program takes files from where they are; all that it hands on asks the emulated system.
const own = new Set(['node:fs', 'node:os', 'node:path']);
const load = Module._load;
Module._load = (id, parent, ...rest) => {
  const isProgram = parent?.filename.endsWith('/bin/load.js') ?? false;
  if (isProgram) move();
  if (!isProgram || own.delete(id) || !Object.hasOwn(emulated, id)) return load(id, parent, ...rest);
  return emulated[id];
};

for (const folder of [temp, path.dirname(folders[0][0])])
  real.fs.mkdirSync(toReal(folder), { recursive: true });
