// Loaded into the program with `node --import`: counts the calls that change something in one folder, and lets one of
// them go wrong. PROOF_FOLDER names the folder, PROOF_AT the call (from 1), PROOF_DO what happens just before it:
// `kill`, one or more signals such as SIGTERM, an error such as ENOSPC, `sh:` with a command, or `swap` or `link` with names of the
// folder (`*` is the one that the call is about): each becomes a symbolic link to, or another name of, PROOF_BAIT, as a
// user who owns the folder could make it; then calls that only read count, too. `windows` at no call is an emulation of
// its file system: folders cannot be opened, and a file is replaced at the third attempt only (`windows held`: never).
// PROOF_LOG collects the calls. With PROOF_REQUESTS each request that is sent and each answer that has come whole is a
// call, too. PROOF_PASSWD names a file that stands for the user database. With `tell`, that call (0: each) is told of at file descriptor 3, with the milliseconds since the start.
import { execSync } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';
import path from 'node:path';

const {
  PROOF_FOLDER: folder,
  PROOF_AT: wanted,
  PROOF_DO: deed = '',
  PROOF_LOG: log,
  PROOF_BAIT: bait,
  PROOF_REQUESTS: watchesRequests,
  PROOF_PASSWD: passwd,
} = process.env;
const countsReading = /^(swap|link) /.test(deed);
const { appendFileSync, openSync, writeSync, closeSync } = fs;
const { O_WRONLY, O_RDWR, O_CREAT } = fs.constants;
let count = 0;

// A path by way of a folder that is held open is that of the folder.
function named(path) {
  const [, own, rest = ''] = /^(\/proc\/self\/fd\/\d+)(.*)$/s.exec(String(path)) ?? [];
  return own === undefined ? String(path) : fs.readlinkSync(own) + rest;
}

const inFolder = (path) => named(path).slice(folder.length + 1);
const isInside = (path) => named(path) === folder || named(path).startsWith(`${folder}/`);
const writes = (flags) =>
  typeof flags === 'number' ? (flags & (O_WRONLY | O_RDWR | O_CREAT)) !== 0 : flags !== 'r';

function moment(call, path) {
  count++;
  if (log) appendFileSync(log, `${call} ${inFolder(path)}\n`);
  if (count === Number(wanted) || (deed === 'tell' && wanted === '0')) act(call, path);
}

function act(call, path) {
  if (deed === 'kill') process.kill(process.pid, 'SIGKILL');
  else if (deed.startsWith('SIG')) for (const signal of deed.split(' ')) process.kill(process.pid, signal);
  else if (deed === 'tell') writeSync(3, `${performance.now()} ${call} ${inFolder(path)}\n`);
  else if (countsReading) swap(path);
  else if (deed.startsWith('sh:')) execSync(deed.slice(3), { stdio: 'ignore' });
  else if (deed) throw failure(call, path);
}

const plain = { ...fs };

function swap(path) {
  const [how, ...names] = deed.split(' ');
  for (const name of names) {
    const place = name === '*' ? named(path) : `${folder}/${name}`;
    if (place === folder || place.endsWith('/.')) continue;
    const isFolder = plain.lstatSync(place, { throwIfNoEntry: false })?.isDirectory() ?? name === 'certs';
    if (plain.lstatSync(place, { throwIfNoEntry: false })) plain.renameSync(place, `${place}.aside`);
    if (how === 'link' && !isFolder) plain.linkSync(`${bait}/config.toml`, place);
    else {
      plain.symlinkSync(isFolder ? bait : `${bait}/config.toml`, place);
      plain.lchownSync(place, plain.statSync(folder).uid, plain.statSync(folder).gid);
    }
  }
}

function failure(call, path) {
  const error = new Error(`${deed}: injected, ${call} '${path}'`);
  return Object.assign(error, { code: deed, errno: -os.constants.errno[deed], syscall: call, path });
}

if (watchesRequests) {
  const path = ({ request }) => `${folder}/${request.method} ${request.path}`;
  subscribe('undici:client:sendHeaders', (message) => moment('request', path(message)));
  subscribe('undici:request:trailers', (message) => moment('answer', path(message)));
}

fs.renameSync = (from, to) => {
  if (isInside(from)) moment('renameSync', to);
  return plain.renameSync(from, to);
};
for (const call of ['linkSync', 'rmSync', 'mkdirSync', 'rmdirSync']) {
  const own = fs[call];
  fs[call] = (...words) => {
    if (isInside(words[0])) moment(call, words[0]);
    return own(...words);
  };
}

if (countsReading) {
  for (const call of [
    'openSync',
    'lstatSync',
    'statSync',
    'readdirSync',
    'accessSync',
    'existsSync',
    'realpathSync',
  ]) {
    const own = fs[call];
    fs[call] = (...words) => {
      if (isInside(words[0])) moment(call, words[0]);
      return own(...words);
    };
  }
}

// Files that are open for writing.
const files = new Map();

// Creating, writing one half and writing the other are three system calls.
fs.writeFileSync = (path, data, options = {}) => {
  if (files.has(path)) return writeHalves(path, data, files.get(path));
  if (!isInside(path)) return plain.writeFileSync(path, data, options);
  moment('writeFileSync', path);
  const file = openSync(path, options.flag ?? 'w', options.mode ?? 0o666);
  try {
    moment('writeFileSync, created', path);
    writeHalves(file, data, path);
    if (options.flush) plain.fsyncSync(file);
  } finally {
    closeSync(file);
  }
};

function writeHalves(file, data, path) {
  const bytes = Buffer.from(data);
  const half = bytes.length >> 1;
  writeSync(file, bytes, 0, half);
  moment('writeFileSync, half', path);
  writeSync(file, bytes, half);
}

const openCounted = fs.openSync;
fs.openSync = (path, flags, ...rest) => {
  if (!isInside(path) || !writes(flags)) return openCounted(path, flags, ...rest);
  if (!countsReading) moment('openSync', path);
  const file = openCounted(path, flags, ...rest);
  files.set(file, named(path));
  return file;
};
for (const call of [
  'writeSync',
  'fsync',
  'fsyncSync',
  'fchmodSync',
  'fchownSync',
  'ftruncateSync',
  'closeSync',
]) {
  const own = fs[call];
  fs[call] = (file, ...words) => {
    if (files.has(file) && call !== 'closeSync') moment(call, files.get(file));
    if (call === 'closeSync') files.delete(file);
    return own(file, ...words);
  };
}

if (passwd) {
  const own = fs.openSync;
  fs.openSync = (path, ...words) => own(path === '/etc/passwd' ? passwd : path, ...words);
}
if (deed.startsWith('windows')) likeWindows(deed.endsWith('held') ? Infinity : 3);
syncBuiltinESMExports();

function likeWindows(letsGoAt) {
  Object.defineProperty(process, 'platform', { value: 'win32' });
  path.sep = '\\';
  for (const name of ['geteuid', 'getuid', 'getegid', 'getgid']) process[name] = undefined;
  const refusing =
    (own) =>
    (path, ...words) => {
      if (typeof path !== 'number' && plain.statSync(path, { throwIfNoEntry: false })?.isDirectory())
        throw Object.assign(new Error(`EPERM: operation not permitted, open '${path}'`), {
          code: 'EPERM',
          errno: -4048,
          syscall: 'open',
          path,
        });
      return own(path, ...words);
    };
  fs.openSync = refusing(fs.openSync);
  for (const call of ['lstatSync', 'statSync', 'fstatSync']) {
    const own = fs[call];
    fs[call] = (...words) => {
      const stats = own(...words);
      return stats && Object.assign(stats, { uid: 0, gid: 0, nlink: 1, mode: (stats.mode & ~0o777) | 0o666 });
    };
  }
  const attempts = new Map();
  fs.renameSync = ((own) => (from, to) => {
    const tried = (attempts.get(to) ?? 0) + 1;
    attempts.set(to, tried);
    if (tried < letsGoAt && plain.existsSync(to))
      throw Object.assign(new Error(`EPERM: operation not permitted, rename`), {
        code: ['EPERM', 'EBUSY'][tried % 2],
        errno: -4048,
        syscall: 'rename',
      });
    attempts.delete(to);
    return own(from, to);
  })(fs.renameSync);
}
