import type { Finding } from '../../../app/findings.ts';
import { caFileFor, editFlags, gapsOfJobs, jobsOf, lookingUp } from '../../../app/job-network.ts';
import { textIn } from '../../../config/model.ts';
import { helperCa } from '../../../runner/job-network.ts';
import type { Gap } from '../../../runner/network-gaps.ts';
import { position } from '../../../text/shell-quote.ts';
import type { Check } from './check.ts';
import { whoIs } from './check.ts';

/** What jobs in containers do not share with this machine: names of the hosts file, the machine itself, a CA. */
export const nameCheck: Check = {
  runs: 'always',
  async run({ invocation: { world, path }, config, isOffline }) {
    const lookUp = lookingUp(world, { isOffline });
    const places = config.runners.map((runner) => jobsOf(runner, world));
    // All names are asked for at once; to wait for each of thousands of runners at once would take much room.
    await Promise.all([...new Set(places.flatMap((jobs) => jobs?.names ?? []))].map(lookUp));
    const findings: Finding[] = [];
    for (const [at, runner] of config.runners.entries()) {
      const jobs = places[at];
      if (jobs === undefined) continue;
      const url = jobs.gitlab;
      const ca = url && caFileFor(url, textIn(runner, 'tls-ca-file'), path, world);
      const gaps = await gapsOfJobs(runner, jobs, lookUp, ca?.path);
      if (gaps.length === 0) continue;
      const about = { place: whoIs(config, at), edit: `runner-setup edit ${position(at)}` };
      const found = gaps.flatMap(
        (gap) => findingOn(gap, about) ?? (ca && url ? findingOnCa(gap, about, ca, url) : []),
      );
      findings.push(...found);
    }
    return { steps: [], findings };
  },
};

interface About {
  readonly place: string;
  readonly edit: string;
}

// A private address that DNS knows is no fault: most containers ask the same DNS.
function findingOn(gap: Gap, { place, edit }: About): Finding | undefined {
  if (gap.what === 'host' && !gap.host.isKnownToDns) {
    const message = `${gap.host.name} ${gap.host.words}`;
    const why = 'Jobs may not be able to clone from GitLab.';
    const next = `${edit} ${editFlags(gap.edits)}`;
    return { severity: 'warning', rule: 'hosts-file', place, message, why, next };
  }
  if (gap.what !== 'machine') return undefined;
  const message = `in a container, ${gap.url.hostname} is the container itself`;
  const why = 'Jobs cannot clone from GitLab.';
  return {
    severity: 'warning',
    rule: 'loopback',
    place,
    message,
    why,
    next: `${edit} ${editFlags(gap.edits)}`,
  };
}

function findingOnCa(
  gap: Gap,
  { place, edit }: About,
  { path, remark }: { path: string; remark: string },
  { hostname }: URL,
): Finding[] {
  if (gap.what !== 'ca') return [];
  const command = `${edit} --ca-for-jobs`;
  const isCommand = gap.before?.startsWith('kubectl');
  return [
    {
      severity: 'note',
      rule: 'private-ca',
      place,
      message: `jobs do not get the CA of ${hostname} (${path})`,
      why: `The helper image trusts ${helperCa}; other images also require a pre_build_script.${remark}`,
      next: gap.before === undefined ? command : `${gap.before}${isCommand ? ' && ' : ', then: '}${command}`,
    },
  ];
}
