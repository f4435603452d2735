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
import promises from 'node:fs/promises';
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

for (const call of ['linkSync', 'rmSync', 'renameSync', 'mkdirSync', 'rmdirSync']) {
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

// Creating, writing one half and writing the other are three system calls.
const writeFileSync = fs.writeFileSync;
fs.writeFileSync = (path, data, options = {}) => {
  if (!isInside(path)) return writeFileSync(path, data, options);
  moment('writeFileSync', path);
  const file = openSync(path, options.flag ?? 'w', options.mode ?? 0o666);
  try {
    const bytes = Buffer.from(data);
    const half = bytes.length >> 1;
    moment('writeFileSync, created', path);
    writeSync(file, bytes, 0, half);
    moment('writeFileSync, half', path);
    writeSync(file, bytes, half);
    if (options.flush) fs.fsyncSync(file);
  } finally {
    closeSync(file);
  }
};

// A file that is made to be written later.
const files = new Map();
fs.openSync = (path, flags, ...rest) => {
  if (flags !== 'wx' || !isInside(path)) return openSync(path, flags, ...rest);
  moment('openSync', path);
  const file = openSync(path, flags, ...rest);
  files.set(file, named(path));
  return file;
};
for (const call of ['writeSync', 'fsyncSync', 'ftruncateSync', 'closeSync']) {
  const own = fs[call];
  fs[call] = (file, ...words) => {
    if (files.has(file) && call !== 'closeSync') moment(call, files.get(file));
    if (call === 'closeSync') files.delete(file);
    return own(file, ...words);
  };
}

const handles = new WeakMap();
const { open, rename } = promises;
promises.open = async (path, flags = 'r', ...rest) => {
  if (isInside(path) && (writes(flags) || countsReading)) moment('open', path);
  const file = await open(path, flags, ...rest);
  if (isInside(path)) handles.set(file, named(path));
  return file;
};
promises.rename = async (from, to) => {
  if (isInside(from)) moment('rename', to);
  return rename(from, to);
};

const sample = await open('/dev/null');
const handle = Object.getPrototypeOf(sample);
await sample.close();
for (const call of ['sync', 'chmod', 'chown', 'truncate', 'write']) {
  const own = handle[call];
  handle[call] = async function (...words) {
    if (handles.has(this)) moment(call, handles.get(this));
    return own.apply(this, words);
  };
}
const writeWhole = handle.writeFile;
const writePart = Object.getPrototypeOf(sample).write;
handle.writeFile = async function (data) {
  const path = handles.get(this);
  if (path === undefined) return writeWhole.call(this, data);
  const bytes = Buffer.from(data);
  const half = bytes.length >> 1;
  await writePart.call(this, bytes, 0, half);
  moment('writeFile, half', path);
  await writeWhole.call(this, bytes.subarray(half));
};
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
  promises.open = (
    (own) =>
    async (path, ...words) =>
      refusing(own)(path, ...words)
  )(promises.open);
  for (const call of ['lstatSync', 'statSync', 'fstatSync']) {
    const own = fs[call];
    fs[call] = (...words) => {
      const stats = own(...words);
      return stats && Object.assign(stats, { uid: 0, gid: 0, nlink: 1, mode: (stats.mode & ~0o777) | 0o666 });
    };
  }
  const attempts = new Map();
  promises.rename = ((own) => async (from, to) => {
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
  })(promises.rename);
}
