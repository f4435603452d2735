import { type ExitCode, exitCode } from '../errors.ts';
import type { Reading } from '../terminal/options.ts';
import { speak } from '../terminal/say.ts';
import type { World } from '../world.ts';
import { askAround } from './doctor-ask.ts';
import { examine } from './doctor-file.ts';
import { mend } from './doctor-fix.ts';
import { doctorFlags } from './doctor-flags.ts';
import { worstFirst } from './doctor-show.ts';
import { tellAll, tellPlan } from './doctor-steps.ts';
import { configPath } from './file.ts';
import { isOn, mannerOf, takeGiven } from './given.ts';

export { doctorFlags } from './doctor-flags.ts';

/** The verb `doctor`: looks through the file, its settings, this machine and the way to GitLab; exit 1 for errors only. */
export async function doctor(reading: Reading, world: World): Promise<ExitCode> {
  if ('help' in reading.options || 'helpAll' in reading.options) return showHelp(world);
  const say = await speak(world, mannerOf(reading, world.env));
  const given = await takeGiven(world, say, reading);
  const path = configPath(given.known.settings, world);
  let examined = await examine(path, world);
  const fixed = 'fix' in reading.own && (await mend({ path, world, say, given }, examined));
  if ('fix' in reading.own && isOn(given, 'dryRun')) return tellPlan(say, path, examined.findings);
  if (fixed) examined = await examine(path, world);
  const isOffline = 'offline' in reading.own || isOn(given, 'dryRun');
  const how = { isOffline, inContainers: 'testContainers' in reading.own };
  const asked = await askAround({ world, say, given, path }, examined, how);
  const findings = worstFirst([...examined.findings, ...asked.findings]);
  const found = { file: path, findings, steps: asked.steps, changed: fixed };
  tellAll(say, found);
  return findings.some(({ severity }) => severity === 'error') ? exitCode.failed : exitCode.done;
}

async function showHelp(world: World): Promise<ExitCode> {
  const { verbHelp } = await import('../terminal/help.ts');
  const line = 'Looks for what is wrong or risky: the file, its settings, this machine, the way to GitLab.';
  const examples = [
    'runner-setup doctor',
    'runner-setup doctor --offline --json',
    'runner-setup doctor --fix --dry-run',
    'runner-setup doctor --test-containers',
  ];
  world.stdout.write(
    verbHelp({ line, usage: 'doctor [flags]', examples }, { ...doctorFlags, names: ['config'] }),
  );
  return exitCode.done;
}
