import { readFileSync, readlinkSync } from 'node:fs';

/** Which process this is, as far as locks and messages need to know. */
export interface Machine {
  readonly pid: number;
  readonly hostname: string;
  now(): Date;
}

/** A process, named so that nobody takes another one for it. */
export interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly namespace: string;
  readonly boot: string;
  readonly started: string;
  readonly mark: string;
}

/** Describes this process for others; `mark` tells two locks of one process apart. */
export function describe(machine: Machine, mark: string): Holder {
  return {
    pid: machine.pid,
    host: machine.hostname,
    namespace: link('/proc/self/ns/pid'),
    boot: content('/proc/sys/kernel/random/boot_id'),
    started: startOf(machine.pid),
    mark,
  };
}

/** Says whether a holder's process is gone for certain; only its own machine and container can tell. */
export function isGone(holder: Holder, machine: Machine): boolean {
  const here = describe(machine, '');
  const near = here.namespace !== '' && holder.host === here.host && holder.namespace === here.namespace;
  if (!near || holder.boot === '') return false;
  return holder.boot !== here.boot || holder.started === '' || startOf(holder.pid) !== holder.started;
}

/** When a process began, as the kernel counts; '' when there is no such process. A number can be used again. */
function startOf(pid: number): string {
  const fields = content(`/proc/${pid}/stat`);
  return fields.slice(fields.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function content(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}
