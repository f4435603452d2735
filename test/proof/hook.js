// Loaded into the program with `node --import`: counts the calls that change something in one folder, and lets one of
// them go wrong. PROOF_FOLDER names the folder, PROOF_AT the call (from 1), PROOF_DO what happens just before it:
// `kill`, a signal such as SIGTERM, an error such as ENOSPC, or `sh:` with a command. PROOF_LOG collects the calls. With
// PROOF_REQUESTS each request that is sent and each answer that has come whole is a call, too.
import { execSync } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import fs from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';

const { PROOF_FOLDER: folder, PROOF_AT: wanted, PROOF_DO: deed = '', PROOF_LOG: log } = process.env;
const { PROOF_REQUESTS: watchesRequests } = process.env;
const { appendFileSync, openSync, writeSync, closeSync } = fs;
const { O_WRONLY, O_RDWR, O_CREAT } = fs.constants;
let count = 0;

// A path by way of a folder that is held open is that of the folder.
function named(path) {
  const [, own, rest = ''] = /^(\/proc\/self\/fd\/\d+)(.*)$/s.exec(String(path)) ?? [];
  return own === undefined ? String(path) : fs.readlinkSync(own) + rest;
}

const isInside = (path) => named(path) === folder || named(path).startsWith(`${folder}/`);
const writes = (flags) =>
  typeof flags === 'number' ? (flags & (O_WRONLY | O_RDWR | O_CREAT)) !== 0 : flags !== 'r';

function moment(call, path) {
  count++;
  if (log) appendFileSync(log, `${call} ${named(path).slice(folder.length + 1)}\n`);
  if (count === Number(wanted)) act(call, path);
}

function act(call, path) {
  if (deed === 'kill') process.kill(process.pid, 'SIGKILL');
  else if (deed.startsWith('SIG')) process.kill(process.pid, deed);
  else if (deed.startsWith('sh:')) execSync(deed.slice(3), { stdio: 'ignore' });
  else if (deed) throw failure(call, path);
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

const handles = new WeakMap();
const { open, rename } = promises;
promises.open = async (path, flags = 'r', ...rest) => {
  if (isInside(path) && writes(flags)) moment('open', path);
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
syncBuiltinESMExports();
