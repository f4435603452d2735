import { mostUsedSettings } from '../../settings/most-used.ts';
import type { Help } from '../../terminal/help.ts';

/** What the help of `register` says. */
export const registerHelp: Help = {
  usage: ['register [flags]'],
  about:
    'Register a runner in GitLab and write it to config.toml. In a terminal, it asks for missing values. Without a terminal, or with -n, missing values are errors.',
  flags: {
    ...mostUsedSettings,
    'Other flags': [...mostUsedSettings['Other flags'], 'yes', 'dryRun', 'json'],
  },
  examples: {
    'Answer questions in the terminal': 'runner-setup register',
    'Register a runner that was created in GitLab':
      'CI_SERVER_TOKEN=glrt-… runner-setup register -n --url https://gitlab.example.com --executor shell',
    'Create a project runner in GitLab and register it':
      'runner-setup register -n --url https://gitlab.example.com --access-token-file token.txt --runner-type project --project group/app --tag-list linux --executor shell',
  },
};
