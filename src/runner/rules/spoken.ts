import { usesDocker } from '../../settings/executors.ts';
import { engineTlsRule } from './engine-tls.ts';
import { featureFlagRules } from './feature-flags.ts';
import { imageRules } from './images.ts';
import { podRules } from './kubernetes.ts';
import { loginRules } from './logins.ts';
import { loopbackRules } from './loopback.ts';
import { machineRules } from './machines.ts';
import { memoryRules } from './memory.ts';
import type { WritingRule } from './rule.ts';
import { addressRules } from './token.ts';
import { volumeRule } from './volumes.ts';

const inDocker = (rule: WritingRule): WritingRule => ({
  ...rule,
  find: (subject) => (usesDocker(subject.executor) ? rule.find(subject) : []),
  warn: (subject) => (usesDocker(subject.executor) ? rule.warn(subject) : []),
});

/** The rules about values that fail in jobs, or have no effect: doctor tells them, and register and edit before they write. */
export const spokenRules: readonly WritingRule[] = [
  ...addressRules,
  ...featureFlagRules,
  ...[volumeRule, engineTlsRule].map(inDocker),
  ...imageRules,
  ...memoryRules,
  ...loopbackRules,
  ...loginRules,
  ...podRules,
  ...machineRules,
];
