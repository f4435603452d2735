import { expect, test } from 'vitest';
import { questions, type WizardState } from '../../../src/settings/questions.ts';

const known = (more: Partial<WizardState['facts']>, settings: WizardState['settings'] = {}): WizardState => ({
  settings: { url: 'http://gitlab.corp.test', executor: 'docker', ...settings },
  asides: {},
  credential: undefined,
  facts: { hostname: 'build-1', concurrent: 1, cpus: 1, builds: [], needed: new Map(), podman: '', ...more },
});

const asked = (state: WizardState) =>
  questions
    .filter((one) =>
      ['cloneUrl', 'dockerExtraHosts', 'dockerDns', 'tryInside', 'jobsTrustCa'].includes(one.name),
    )
    .filter((one) => one.when(state))
    .map((one) => [one.name, one.usual(state)]);

const words = 'it is known here only.';
const ofHosts = { words, isMachine: false, proposed: () => ({ entry: 'gitlab.corp.test:10.0.0.5' }) };
const ofDns = { words, isMachine: false, proposed: () => ({}), servers: ['10.0.0.2'] };
const ofMachine = { entry: 'gitlab.corp.test:10.0.0.5', cloneUrl: 'http://host.docker.internal' };
const ca = {
  remark: '',
  isHanded: (volumes: readonly string[]) => volumes.length > 0,
};

test.each<[string, WizardState, [string, unknown][]]>([
  ['a GitLab that all know', known({}), []],
  [
    'a name of the hosts file',
    known({ localHost: ofHosts }),
    [['dockerExtraHosts', ['gitlab.corp.test:10.0.0.5']]],
  ],
  [
    'the same with an engine to try',
    known({ localHost: ofHosts, hasEngine: true }),
    [
      ['dockerExtraHosts', ['gitlab.corp.test:10.0.0.5']],
      ['tryInside', true],
    ],
  ],
  [
    'a private address of DNS',
    known({ localHost: ofDns }),
    [
      ['dockerExtraHosts', undefined],
      ['dockerDns', undefined],
    ],
  ],
  ['jobs without containers', known({ localHost: ofHosts, ca }, { executor: 'shell' }), []],
  [
    'localhost',
    known({ localHost: { words, isMachine: true, proposed: () => ofMachine } }),
    [
      ['cloneUrl', 'http://host.docker.internal'],
      ['dockerExtraHosts', ['gitlab.corp.test:10.0.0.5']],
    ],
  ],
  [
    'an outside name that is known here',
    known({ outside: { url: 'https://gitlab.example.com', isKnown: true } }, { executor: 'shell' }),
    [['cloneUrl', undefined]],
  ],
  [
    'an outside name that nobody here knows',
    known({ outside: { url: 'https://gitlab.example.com', isKnown: false } }, { executor: 'shell' }),
    [['cloneUrl', 'http://gitlab.corp.test']],
  ],
  ['a private CA', known({ ca }), [['jobsTrustCa', true]]],
  ['a private CA that jobs have', known({ ca }, { dockerVolumes: ['/ca.crt:/ca.crt'] }), []],
])('%s', (_, state, names) => {
  expect(asked(state)).toEqual(names);
});
