import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LiveEngine, startEngines } from './proof/containers/engines.ts';
import { recreateSets } from './proof/containers/recreate.ts';
import { keepLocal, killEach, layVersions, startPrinted, upgradeForty } from './proof/containers/stories.ts';

// The long proofs on real engines: `npm run containers -- [sets] [kills] [seed] [words of an engine's label]`.
const [sets = '300', kills = '20', seed = String(Date.now() % 1_000_000), only = ''] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'containers-'));
const { engines, missing, close } = await startEngines(folder);
process.on('exit', close);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130));
for (const reason of missing) console.log(`COULD NOT BE TRIED HERE: ${reason}`);
console.log(`seed ${seed}: ${sets} sets on ${engines.map(({ label }) => label).join(', ')}`);
const faults: string[] = [];
for (const live of engines.filter(({ label }) => label.includes(only))) {
  await stories(live);
  await recreate(live);
}
console.log(`seed ${seed}: ${faults.length} faults`);
process.exitCode = faults.length === 0 ? 0 : 1;
close();
await new Promise((resolve) => setTimeout(resolve, 3000));
rmSync(folder, { recursive: true, force: true });
process.exit();

function tell(live: LiveEngine, what: string, found: readonly string[]): void {
  console.log(`${new Date().toISOString().slice(11, 19)} ${live.label}: ${what}`);
  for (const fault of found) console.log(`FAULT ${fault}`);
  faults.push(...found);
}

async function stories(live: LiveEngine): Promise<void> {
  if (Number(kills) === 0) return;
  layVersions(live);
  const forty = await upgradeForty(live, folder);
  tell(live, `upgraded with ${forty.count} options`, forty.faults);
  const killed = await killEach(live, folder, Number(kills));
  tell(live, `killed ${killed.count} times`, killed.faults);
  const kept = await keepLocal(live);
  tell(live, `${kept.count} cleanups with images of this machine`, kept.faults);
  layVersions(live);
  const printed = await startPrinted(live, folder);
  for (const reason of printed.missing) console.log(`COULD NOT BE TRIED HERE: ${reason}`);
  tell(live, 'compose file, unit and command started', printed.faults);
}

async function recreate(live: LiveEngine): Promise<void> {
  if (Number(sets) === 0) return;
  const { sets: made, used, faults: found } = await recreateSets(live, Number(sets), Number(seed));
  const never = [...used].filter(([, count]) => count === 0).map(([name]) => name);
  const options = used.size - never.length;
  tell(
    live,
    `${made} containers made anew, ${options} options; never taken: ${never.join(' ') || 'none'}`,
    [],
  );
  faults.push(...found);
}
