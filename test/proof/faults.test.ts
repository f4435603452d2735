import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { breakEachCall, faultOf, saidBy } from './broken.ts';
import { diskFaults, type Ended, missingHere } from './faults.ts';
import { cannot, expectedOf, file, folder, full, undone } from './faults-words.ts';
import { openScene, type Scene } from './scene.ts';

const all = `Rolled back: <PLACE>/.runner_system_id.\n${undone}`;
const stopping = 'Stopping and rolling back the changes.\n';
const cancelled = 'Canceled. Nothing was left behind.\n';
let scene: Scene;

beforeAll(async () => {
  scene = await openScene();
});

afterAll(() => scene.close());

test('each fault of the disk leaves the file and GitLab in step, and is found early where it can be', async () => {
  const missing = missingHere();
  const possible = diskFaults.filter(({ needs }) => !missing.has(needs));
  const ended: Record<string, Ended> = {};
  for (const fault of possible) ended[fault.name] = await fault.run(scene);
  console.log(`tried: ${possible.map(({ name }) => name).join(', ')}`);
  for (const { name, needs } of diskFaults)
    if (missing.has(needs)) console.log(`COULD NOT BE TRIED HERE: ${name} (${missing.get(needs)!.trim()})`);
  expect(ended).toEqual(Object.fromEntries(possible.map(({ name }) => [name, expectedOf[name]])));
  expect(diskFaults.map(({ name }) => name).sort()).toEqual(Object.keys(expectedOf).sort());
});

describe('at each call that changes something in the folder', () => {
  test('a full disk ends with the old file and nothing in GitLab, or with both', async () => {
    const ends = await breakEachCall(scene, 'ENOSPC', 3);
    console.log(`ENOSPC at ${ends.length} calls`);
    expect(ends.flatMap((end) => faultOf(end) ?? [])).toEqual([]);
    expect(wordsOf(ends)).toEqual([
      '0 ',
      '0 warning: <PLACE>/.config.toml.history cannot be written, so this change cannot be undone after the next one. The disk is full.\n',
      `1 ${all}${cannot(file, ...full)}`,
      `1 ${undone}${cannot(folder, ...full)}`,
      `1 ${cannot(folder, ...full)}`,
      `1 ${cannot(file, ...full)}`,
    ]);
  });

  test('SIGTERM takes back all, until the new file stands', async () => {
    const ends = await breakEachCall(scene, 'SIGTERM', 3);
    console.log(`SIGTERM at ${ends.length} calls`);
    expect(ends.flatMap((end) => faultOf(end) ?? [])).toEqual([]);
    // Node hears a signal when it next waits: at the first calls that may be before or after the system ID is written.
    const early = `130 ${stopping}${cancelled}`;
    expect(wordsOf(ends).filter((words) => words !== early)).toEqual([
      '0 ',
      `0 ${stopping}The command finished before it could be stopped. Nothing was rolled back.\n`,
      `130 ${stopping}${all}${cancelled}`,
      `130 ${stopping}${undone}${cancelled}`,
      'SIGTERM ',
    ]);
  });
});

// A warning about the system id names the call; the rest is the same for many calls.
const wordsOf = (ends: Parameters<typeof saidBy>[0]): string[] =>
  Object.keys(saidBy(ends))
    .filter((words) => !words.includes('.runner_system_id could not be written'))
    .sort();
