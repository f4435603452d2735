import { type Credential, credentialNames } from '../settings/credential.ts';
import type { Gathered } from '../settings/gather.ts';
import type { Value } from '../settings/kinds.ts';
import { shownWord } from '../settings/mask.ts';
import { type SettingName, settingNames, table } from '../settings/table.ts';
import { brokenLine, contentOf, quote, withVariable } from '../text/shell-quote.ts';

/** The command that would register the same runner without questions; secrets are named by where to put them. */
export function settingsToReplay({ settings, sources }: Gathered, credential: Credential): string {
  const flags = settingNames.flatMap((name) => {
    const { kind, once, flag: usual, alias } = table[name];
    // Where gitlab-runner has two flags, the one that the pages use.
    const flag = alias ?? usual;
    const value = settings[name] as Value | undefined;
    const source = sources.get(name);
    if (value === undefined || kind.name === 'secret' || once) return [];
    if (source === 'default' || source === 'template' || source === 'preset') return [];
    if (kind.name === 'yes-no') return [value === true ? flag : `${flag}=false`];
    return kind.write(value).map((word) => `${flag} ${quote(shownWord(kind, word))}`);
  });
  const { before, after } = tokenWords[credential.kind];
  const secrets = settingNames.filter((name) => isOtherSecret(name) && settings[name] !== undefined);
  const variables = secrets.map((name) => withVariable(table[name].env!, '…')).join('');
  const command = `${before()}${variables}runner-setup register -n`;
  return brokenLine([command, ...flags, after].filter((word) => word !== ''));
}

const isOtherSecret = (name: SettingName): boolean =>
  table[name].kind.name === 'secret' && !credentialNames.some((one) => one === name);

const tokenWords = {
  authentication: { before: () => '', after: '--token-file TOKEN_FILE' },
  registration: { before: () => withVariable('REGISTRATION_TOKEN', contentOf('TOKEN_FILE')), after: '' },
  access: { before: () => '', after: '--access-token-file TOKEN_FILE' },
} as const;
