// Stands in for `docker` or `podman`: answers from a JSON file, changes it as the engine would, and writes down every
// command that it was given. Started as a program of either name by the script that stage.ts lays out.
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { acts } from './stand-in-acts.js';
import { spaceActs } from './stand-in-space.js';
import { readWords } from './stand-in-words.js';

const [, , program, folder, ...words] = process.argv;
const stateFile = `${folder}/state.json`;

// Commands that run at the same time take turns, as the engine's own lock makes them.
await locked(async () => {
  const state = JSON.parse(readFileSync(stateFile, 'utf8'));
  const changes = !isQuestion(words);
  if (changes || state.recordAll) appendFileSync(`${folder}/commands`, `${line([program, ...words])}\n`);
  try {
    await answer(state);
  } catch (failure) {
    if (!failure.isRefusal) throw failure;
    process.stderr.write(`${failure.message}\n`);
    process.exitCode = failure.code ?? 1;
  }
  writeFileSync(stateFile, JSON.stringify(state, null, 1));
});

async function answer(state) {
  const down = typeof state.down === 'object' ? state.down[program] : state.down;
  if (down !== undefined && words[0] !== 'context') {
    if (words[0] === 'version' && program === 'docker')
      print({ Client: { Version: '28.1.0' }, Server: null });
    throw refusal(down);
  }
  const fault = (state.faults ?? []).find(({ when }) => words.join(' ').startsWith(when));
  if (fault !== undefined && (fault.times === undefined || fault.times-- > 0)) throw refusal(fault.says);
  const { name, rest } = readWords(words);
  const act = spaceActs[name] ?? acts[name];
  if (act === undefined) throw refusal(`the stand-in does not know: ${words.join(' ')}`);
  await act({
    state,
    program,
    rest,
    print,
    say: (text) => process.stdout.write(`${text}\n`),
    refuse: (text, code) => {
      throw refusal(text, code);
    },
  });
}

function refusal(text, code) {
  return Object.assign(new Error(text), { isRefusal: true, code });
}

function print(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`);
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

async function locked(work) {
  for (;;) {
    try {
      mkdirSync(`${folder}/lock`);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
  try {
    await work();
  } finally {
    rmSync(`${folder}/lock`, { recursive: true, force: true });
  }
}
