import type { Finding } from '../../../app/findings.ts';
import { addressOf, caFileFor, lacksAt, lookingUp } from '../../../app/job-network.ts';
import { editFlags } from '../../../app/network-flags.ts';
import { textIn } from '../../../config/model.ts';
import { helperCa } from '../../../runner/job-network.ts';
import type { Gap } from '../../../runner/network-gaps.ts';
import type { Check } from './check.ts';
import { whoIs } from './check.ts';

/** What jobs in containers do not share with this machine: names of the hosts file, the machine itself, a CA. */
export const nameCheck: Check = {
  runs: 'always',
  async run({ invocation: { world, path }, config, isOffline }) {
    const lookUp = lookingUp(world, { isOffline });
    const findings = config.runners.map(async (runner, at) => {
      const url = addressOf(runner, world);
      const ca = url && caFileFor(url, textIn(runner, 'tls-ca-file'), path, world);
      const lacks = await lacksAt(runner, world, lookUp, ca?.path);
      const about = { place: whoIs(config, at), edit: `runner-setup edit '#${at + 1}'`, lacks };
      return lacks.flatMap(
        (lack) => findingOn(lack, about) ?? (ca && url ? findingOnCa(lack, about, ca, url) : []),
      );
    });
    return { steps: [], findings: (await Promise.all(findings)).flat() };
  },
};

interface About {
  readonly place: string;
  readonly edit: string;
  readonly lacks: readonly Gap[];
}

// A private address that DNS knows is no fault: most containers ask the same DNS.
function findingOn(lack: Gap, { place, edit }: About): Finding | undefined {
  if (lack.what === 'host' && !lack.host.isKnownToDns) {
    const message = `${lack.host.name} ${lack.host.words}`;
    const why = 'Jobs may not find GitLab to fetch the sources.';
    const next = `${edit} ${editFlags(lack.edits)}`;
    return { severity: 'warning', rule: 'hosts-file', place, message, why, next };
  }
  if (lack.what !== 'machine') return undefined;
  const message = `in a container, ${lack.url.hostname} is the container itself`;
  const why = 'Jobs cannot fetch their sources from GitLab there.';
  return {
    severity: 'warning',
    rule: 'loopback',
    place,
    message,
    why,
    next: `${edit} ${editFlags(lack.edits)}`,
  };
}

function findingOnCa(
  lack: Gap,
  { place, edit, lacks }: About,
  { path, remark }: { path: string; remark: string },
  { hostname }: URL,
): Finding[] {
  if (lack.what !== 'ca') return [];
  const trusting = lacks.find(({ what }) => what === 'trust')?.edits ?? [];
  const command = `${edit} ${editFlags([...lack.edits, ...trusting])}`;
  const isCommand = lack.before?.startsWith('kubectl');
  return [
    {
      severity: 'note',
      rule: 'private-ca',
      place,
      message: `jobs are not given the CA of ${hostname} (${path})`,
      why: `The helper image trusts what is mounted at ${helperCa}; images of your own need a pre_build_script besides.${remark}`,
      next:
        lack.before === undefined ? command : `${lack.before}${isCommand ? ' && ' : ', then: '}${command}`,
    },
  ];
}
