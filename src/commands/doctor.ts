import { type ExitCode, exitCode } from '../errors.ts';
import type { Grammar, Reading } from '../terminal/options.ts';
import { speak } from '../terminal/say.ts';
import { spin } from '../terminal/spin.ts';
import type { World } from '../world.ts';
import { askEngines } from './doctor-engine.ts';
import { type Examined, examine } from './doctor-file.ts';
import { mend } from './doctor-fix.ts';
import { tryConnections } from './doctor-gitlab.ts';
import { type Finding, worstFirst } from './doctor-show.ts';
import { type Step, tellAll, tellPlan } from './doctor-steps.ts';
import { findConfig } from './file.ts';
import { isOn, mannerOf, takeGiven } from './given.ts';

export const doctorFlags = {
  names: ['config', 'container', 'nonInteractive'],
  own: {
    offline: { flag: '--offline', isSwitch: true, doc: 'Ask neither GitLab nor Docker or Podman' },
    fix: { flag: '--fix', isSwitch: true, doc: 'Mend what can be mended without harm, after showing it' },
  },
} as const satisfies Grammar;

/** The verb `doctor`: looks through the file, its settings, this machine and the way to GitLab; exit 1 for errors only. */
export async function doctor(reading: Reading, world: World): Promise<ExitCode> {
  if ('help' in reading.options || 'helpAll' in reading.options) return showHelp(world);
  const say = await speak(world, mannerOf(reading, world.env));
  const given = await takeGiven(world, say, reading);
  const { path } = await findConfig(given.known, world, say);
  let examined = await examine(path, world);
  const fixed = 'fix' in reading.own && (await mend({ path, world, say, given }, examined));
  if ('fix' in reading.own && isOn(given, 'dryRun')) return tellPlan(say, path, examined.findings);
  if (fixed) examined = await examine(path, world);
  const isOffline = 'offline' in reading.own || isOn(given, 'dryRun');
  const asked = isOffline
    ? nobody
    : await spin(world, say, 'Asking around', () => askAround(path, world, examined));
  const findings = worstFirst([...examined.findings, ...asked.findings]);
  const found = { file: path, findings, steps: asked.steps, changed: fixed };
  tellAll(say, found);
  return findings.some(({ severity }) => severity === 'error') ? exitCode.failed : exitCode.done;
}

interface Asked {
  readonly steps: readonly Step[];
  readonly findings: readonly Finding[];
}

const nobody: Asked = { steps: [], findings: [] };

async function askAround(path: string, world: World, { config }: Examined): Promise<Asked> {
  if (config === undefined) return nobody;
  const [gitlab, engines] = await Promise.all([
    tryConnections(config, path, world),
    askEngines(config, world),
  ]);
  return { steps: [...gitlab.steps, ...engines.steps], findings: [...gitlab.findings, ...engines.findings] };
}

async function showHelp(world: World): Promise<ExitCode> {
  const { verbHelp } = await import('../terminal/help.ts');
  const line = 'Looks for what is wrong or risky: the file, its settings, this machine, the way to GitLab.';
  const examples = [
    'runner-setup doctor',
    'runner-setup doctor --offline --json',
    'runner-setup doctor --fix --dry-run',
  ];
  world.stdout.write(
    verbHelp({ line, usage: 'doctor [flags]', examples }, { ...doctorFlags, names: ['config', 'container'] }),
  );
  return exitCode.done;
}
