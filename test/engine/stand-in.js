// Stands in for `docker` and `podman`: answers from a JSON file, changes it as the engine would, and writes down every
// command that it was given. One process does so for all engines that a test lays out; a Node for each command would
// take more time than all that is tested. The programs that stage.ts lays out ask it through a pipe.
import {
  appendFileSync,
  constants,
  existsSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { Socket } from 'node:net';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { acts } from './stand-in-acts.js';
import { spaceActs } from './stand-in-space.js';
import { readWords } from './stand-in-words.js';

const pipe = process.argv[2];
const open = (path, how) => openSync(path, how | constants.O_NONBLOCK);

// Both ends, so that the pipe stays open when no program has it.
const input = new Socket({ fd: open(pipe, constants.O_RDWR), writable: false });
createInterface({ input }).on('line', answer);

process.stdin.resume().on('end', () => {
  rmSync(dirname(pipe), { recursive: true, force: true });
  process.exit();
});

// Commands that one engine is given at the same time take turns, as its own lock makes them.
const turns = new Map();

async function answer(place) {
  // A program that has outlived its engine.
  if (!existsSync(place)) return;
  const [program, folder, count, ...rest] = readFileSync(place, 'utf8').split('\0');
  const [words, env] = [rest.slice(0, Number(count)), rest.slice(Number(count))];
  const it = { program, folder, words, env: Object.fromEntries(env.map((line) => line.split(/=(.*)/s))) };
  const turn = (turns.get(folder) ?? Promise.resolve()).then(() => obey(it, `${place}.fd3`));
  turns.set(folder, turn);
  const { out, err, code } = await turn;
  tell(`${place}.answer`, `printf %s ${quoted(out)}\nprintf %s ${quoted(err)} >&2\nexit ${code}\n`);
}

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

// The program opens its end when it has asked; when it is gone, nobody wants to know.
function tell(place, text, tries = 5000) {
  try {
    new Socket({ fd: open(place, constants.O_WRONLY), readable: false }).on('error', () => {}).end(text);
  } catch (error) {
    if (error.code === 'ENXIO' && tries > 0) setTimeout(tell, 1, place, text, tries - 1);
  }
}

/** Does what one command says; what it writes and the code it ends with. What it could read at /dev/fd/3 is in `fd3`. */
async function obey({ program, folder, words, env }, fd3) {
  const said = { out: '', err: '', code: 0 };
  try {
    const state = JSON.parse(readFileSync(`${folder}/state.json`, 'utf8'));
    if (!isQuestion(words) || state.recordAll)
      appendFileSync(`${folder}/commands`, `${line([program, ...words])}\n`);
    await act({ state, program, words: words.map((word) => (word === '/dev/fd/3' ? fd3 : word)), env, said });
    // At once, for those who look without asking.
    writeFileSync(`${folder}/state.next`, JSON.stringify(state, null, 1));
    renameSync(`${folder}/state.next`, `${folder}/state.json`);
  } catch (error) {
    Object.assign(said, { err: `${said.err}${error.stack}\n`, code: 1 });
  }
  return said;
}

async function act({ said, ...it }) {
  const say = (text) => {
    said.out += `${text}\n`;
  };
  const complain = (text) => {
    said.err += `${text}\n`;
  };
  try {
    await find(it)({
      ...it,
      rest: readWords(it.words).rest,
      say,
      complain,
      print: (value) => say(JSON.stringify(value)),
      refuse: (text, code) => {
        throw refusal(text, code);
      },
    });
  } catch (failure) {
    if (!failure.isRefusal) throw failure;
    complain(failure.message);
    said.code = failure.code ?? 1;
  }
}

function find({ state, program, words }) {
  const down = typeof state.down === 'object' ? state.down[program] : state.down;
  if (down !== undefined && words[0] !== 'context') {
    return ({ print, refuse }) => {
      if (words[0] === 'version' && program === 'docker')
        print({ Client: { Version: '28.1.0' }, Server: null });
      refuse(down);
    };
  }
  const fault = (state.faults ?? []).find(({ when }) => words.join(' ').startsWith(when));
  if (fault !== undefined && (fault.times === undefined || fault.times-- > 0)) throw refusal(fault.says);
  const { name } = readWords(words);
  const found = spaceActs[name] ?? acts[name];
  if (found === undefined) throw refusal(`the stand-in does not know: ${words.join(' ')}`);
  return found;
}

function refusal(text, code) {
  return Object.assign(new Error(text), { isRefusal: true, code });
}

function isQuestion(all) {
  const [first = '', second = ''] = all;
  if (first === 'exec' && all.at(-1) === '--version') return true;
  if (
    ['version', 'info', 'inspect', 'ps', 'images', 'logs', 'port', 'top', 'stats', 'diff', 'events'].includes(
      first,
    )
  )
    return true;
  return ['ls', 'list', 'inspect', 'df', 'exists', 'show', 'logs', 'history', 'du'].includes(second);
}

function line(all) {
  return all
    .map((word) => (/^[\w@%+=:,./{}-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(' ');
}
