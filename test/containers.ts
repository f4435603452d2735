import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEngines } from './proof/containers/engines.ts';
import { recreateSets } from './proof/containers/recreate.ts';

// The long proofs on real engines: `npm run containers -- [sets] [seed] [words of the engine's label]`.
const [sets = '200', seed = String(Date.now() % 1_000_000), only = ''] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'containers-'));
const { engines, missing, close } = await startEngines(folder);
for (const reason of missing) console.log(`COULD NOT BE TRIED HERE: ${reason}`);
process.on('exit', close);
console.log(`seed ${seed}: ${sets} sets on ${engines.map(({ label }) => label).join(', ')}`);
const faults: string[] = [];
for (const live of engines.filter(({ label }) => label.includes(only))) {
  const { sets: made, used, faults: found } = await recreateSets(live, Number(sets), Number(seed));
  const never = [...used].filter(([, count]) => count === 0).map(([name]) => name);
  console.log(
    `${live.label}: ${made} containers made anew, ${used.size - never.length} options; never taken: ${never.join(' ') || 'none'}`,
  );
  faults.push(...found);
}
console.log(`seed ${seed}: ${faults.length} faults`);
process.exit(faults.length === 0 ? 0 : 1);
