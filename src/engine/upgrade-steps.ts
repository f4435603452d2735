/** A container as far as an upgrade has to know it; all of it is told by the engine. */
export interface ContainerPart {
  readonly id: string;
  readonly name: string;
  /** The id of its image. */
  readonly image: string;
  /** In the engine's own words: created, running, exited, … */
  readonly status: string;
  /** When it was started last; tells one run of a container from the next. */
  readonly startedAt: string;
  /** As `--restart` takes it. */
  readonly restart: string;
}

/**
 * What is there of an upgrade. Which of the three exist says how far it came, so that a run after one that was killed
 * needs nothing else:
 *
 *     inUse            nothing is under way
 *     inUse, next      the new container is made; the old one runs, finishes its jobs or has ended
 *     before, next     the old container has given its name away
 *     inUse, before    the new container has the name
 */
export interface UpgradeParts {
  readonly inUse?: ContainerPart;
  /** The old container under its other name. */
  readonly before?: ContainerPart;
  /** The new container before it gets the name; it keeps the restart policy while the old one has none. */
  readonly next?: ContainerPart;
}

/** What only this run knows. */
export interface StepFacts {
  /** The id of the wanted image. */
  readonly image: string;
  /** The name that the old container is kept under at the end; removed when absent. */
  readonly keepAs?: string | undefined;
  /** Whether the engine can change the restart policy of a container; Podman before 5.1 cannot. */
  readonly canSetRestart: boolean;
  /** The start of the old container that was told to finish its jobs. */
  readonly toldToEnd?: string | undefined;
  /** The id of the new container that this run has started. */
  readonly started?: string | undefined;
  /** The id of the container that this run has stopped. */
  readonly stopped?: string | undefined;
  /** The start of the new container that was found good. */
  readonly foundGood?: string | undefined;
}

/** One thing to do; each is one command of the engine, or waiting. */
export type Step =
  | { readonly do: 'create'; readonly name: string }
  | { readonly do: 'restart-policy'; readonly of: ContainerPart; readonly policy: string }
  | { readonly do: 'drain'; readonly of: ContainerPart }
  | { readonly do: 'rename'; readonly of: ContainerPart; readonly to: string }
  | { readonly do: 'start'; readonly of: ContainerPart }
  | { readonly do: 'check'; readonly of: ContainerPart }
  | { readonly do: 'stop'; readonly of: ContainerPart }
  | { readonly do: 'remove'; readonly of: ContainerPart; readonly byForce?: boolean };

/** The names that the containers of an upgrade have; the restart of the machine and other people leave them alone. */
export const namesOf = (name: string) => ({
  inUse: name,
  before: `${name}-before-upgrade`,
  next: `${name}-next-upgrade`,
});

/** The name of the container in use that one of these names belongs to. */
export const nameInUse = (name: string): string => name.replace(/-(before|next)-upgrade$/, '');

/** The next step towards the new container; nothing when it is done. */
export function forward(name: string, parts: UpgradeParts, known: StepFacts): Step | undefined {
  const { inUse, before, next } = parts;
  const names = namesOf(name);
  if (before !== undefined && next !== undefined) return { do: 'rename', of: next, to: names.inUse };
  if (inUse === undefined) return back(name, parts, known);
  if (before !== undefined) return finish(inUse, before, known);
  if (next === undefined) return inUse.image === known.image ? undefined : { do: 'create', name: names.next };
  if (inUse.restart !== 'no' && known.canSetRestart) return { do: 'restart-policy', of: inUse, policy: 'no' };
  if (isUp(inUse)) return { do: 'drain', of: inUse };
  return { do: 'rename', of: inUse, to: names.before };
}

function finish(
  inUse: ContainerPart,
  before: ContainerPart,
  { started, foundGood, keepAs }: StepFacts,
): Step {
  if (!isUp(inUse) && started !== inUse.id) return { do: 'start', of: inUse };
  if (foundGood !== inUse.startedAt) return { do: 'check', of: inUse };
  // Only a machine that was started anew meanwhile brings it up.
  if (isUp(before)) return { do: 'stop', of: before };
  return keepAs === undefined ? { do: 'remove', of: before } : { do: 'rename', of: before, to: keepAs };
}

/** The next step towards the old container as it was; nothing when it is done. */
export function back(
  name: string,
  { inUse, before, next }: UpgradeParts,
  known: StepFacts,
): Step | undefined {
  const names = namesOf(name);
  if (before !== undefined) {
    if (inUse !== undefined) return next === undefined ? makeWay(inUse, before, known) : undefined;
    // With the new one gone, nothing would say under the old name that it is still to be started.
    if (next === undefined && !isUp(before)) return { do: 'start', of: before };
    return { do: 'rename', of: before, to: names.inUse };
  }
  if (inUse === undefined || next === undefined) return undefined;
  if (isEnding(inUse, next, known)) return { do: 'drain', of: inUse };
  if (!isUp(inUse)) return { do: 'start', of: inUse };
  if (inUse.restart !== next.restart && known.canSetRestart)
    return { do: 'restart-policy', of: inUse, policy: next.restart };
  return { do: 'remove', of: next };
}

// One that ends again and again may be up or not at each look, so it is removed by force.
function makeWay(made: ContainerPart, before: ContainerPart, { canSetRestart, stopped }: StepFacts): Step {
  if (before.restart !== made.restart && canSetRestart)
    return { do: 'restart-policy', of: before, policy: made.restart };
  return isUp(made) && stopped !== made.id
    ? { do: 'stop', of: made }
    : { do: 'remove', of: made, byForce: true };
}

/** Whether a container has a process, in whatever state. */
export const isUp = ({ status }: ContainerPart): boolean =>
  /^(running|restarting|paused|stopping)$/.test(status);

// A runner that was told to finish its jobs takes no more, and cannot be told otherwise. A killed run may have told it
// so after it switched the restart policy off; then it is told again, which does no harm.
function isEnding(
  inUse: ContainerPart,
  next: ContainerPart,
  { toldToEnd, canSetRestart }: StepFacts,
): boolean {
  if (!isUp(inUse)) return false;
  if (toldToEnd !== undefined) return toldToEnd === inUse.startedAt;
  return inUse.status === 'stopping' || (canSetRestart && inUse.restart !== next.restart);
}
