import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
// The stand-in is a program of its own, so its parts are plain JavaScript.
// @ts-expect-error
import { filled, sameName } from './stand-in-acts.js';
// @ts-expect-error
import { laid } from './stand-in-container.js';

/** A stand-in engine laid out for one test: the folder for PATH, what it was told, what it has. */
export interface StandIn {
  /** Holds `docker`, `podman` or both, as programs. */
  readonly bin: string;
  /** The commands that changed something, one a line, programs first. */
  commands(): string;
  /** Takes away the commands told so far. */
  forget(): void;
  /** What the engine has: `containers` as inspect shows them, `images`, `volumes`. */
  state(): { containers: Shown[]; images: { id: string; tags: string[] }[]; volumes: { Name: string }[] };
  /** Changes what the engine has. */
  change(by: (state: Record<string, unknown>) => void): void;
  remove(): void;
}

interface Shown {
  readonly Id: string;
  readonly Name: string;
  readonly State: { Status: string; Running: boolean };
  readonly [key: string]: unknown;
}

/**
 * Lays out a stand-in engine. `setup` says `programs` (docker), `kind`, `version`, `down` (the words with which nothing
 * answers), `images`, `registry` (what a pull brings), `containers`, `volumes`, `faults`, and `podman`, another engine
 * behind that program; see README.md beside this.
 */
export function layEngine(setup: object): StandIn {
  const folder = mkdtempSync(join(tmpdir(), 'engine-'));
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const { programs = ['docker'], podman, ...rest } = setup as { programs?: string[]; podman?: object };
  layPrograms(programs, bin, folder);
  layState(rest, folder);
  if (podman !== undefined) {
    mkdirSync(join(folder, 'podman'));
    layPrograms(['podman'], bin, join(folder, 'podman'));
    layState(podman, join(folder, 'podman'), 100);
  }
  const file = join(folder, 'state.json');
  const state = () => JSON.parse(readFileSync(file, 'utf8'));
  return {
    bin,
    commands: () => readFileSync(join(folder, 'commands'), 'utf8'),
    forget: () => writeFileSync(join(folder, 'commands'), ''),
    state,
    change(by) {
      const now = state();
      by(now);
      writeFileSync(file, JSON.stringify(now));
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function layPrograms(programs: readonly string[], bin: string, folder: string): void {
  for (const program of programs) {
    writeFileSync(join(bin, program), asking(program, folder));
    chmodSync(join(bin, program), 0o755);
  }
}

function layState(setup: object, folder: string, before = 0): void {
  writeFileSync(join(folder, 'state.json'), JSON.stringify(laidState(setup, before)));
  writeFileSync(join(folder, 'commands'), '');
}

// Writes down its words, its environment and what it may read, says where, and does what the answer says.
const asking = (program: string, folder: string) => `#!/bin/sh
place='${folder}'/$$
printf '%s\\0' ${program} '${folder}' $# "$@" > $place
/usr/bin/env -0 >> $place
PATH=/usr/bin:/bin
case "$*" in *'--env-file /dev/fd/3'*) cat <&3 > $place.fd3 ;; esac
mkfifo $place.answer
echo $place > '${pipeOfStandIn()}'
eval "$(cat $place.answer)"
`;

let pipe: string | undefined;

/** The pipe through which the stand-in is asked; it ends with this process. */
function pipeOfStandIn(): string {
  if (pipe !== undefined) return pipe;
  pipe = join(mkdtempSync(join(tmpdir(), 'stand-in-')), 'questions');
  execFileSync('mkfifo', [pipe]);
  const script = resolve(import.meta.dirname, 'stand-in.js');
  const standIn = spawn(process.execPath, [script, pipe], { stdio: ['pipe', 'ignore', 'inherit'] });
  standIn.unref();
  (standIn.stdin as Socket).unref();
  return pipe;
}

function laidState(setup: { images?: { tags: string[] }[]; containers?: object[] }, before: number): object {
  const images = (setup.images ?? []).map((image) => filled(image));
  const image = (name: string) => {
    const found = images.find(
      ({ id, tags }) => id === `sha256:${name}` || tags.some((tag: string) => sameName(tag, name)),
    );
    if (found === undefined)
      throw new Error(`engine: a container has the image ${name}, which is not among the images`);
    return found;
  };
  const containers = (setup.containers ?? []).map((entry, at) =>
    laid(entry, { number: before + at + 1, image, state: setup }),
  );
  return { ...setup, images, containers };
}
