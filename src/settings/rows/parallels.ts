import { list, text, yesNo } from '../kinds.ts';
import type { Row } from '../row.ts';

/** Parallels. */
export const parallelsRows = {
  parallelsBaseName: {
    flag: '--parallels-base-name',
    env: 'PARALLELS_BASE_NAME',
    toml: 'parallels.base_name',
    kind: text(),
    ask: 'Parallels virtual machine',
    doc: 'Parallels virtual machine that is cloned for each job',
  },
  parallelsTemplateName: {
    flag: '--parallels-template-name',
    env: 'PARALLELS_TEMPLATE_NAME',
    toml: 'parallels.template_name',
    kind: text(),
    doc: 'Name of the Parallels template that clones are linked to',
  },
  parallelsDisableSnapshots: {
    flag: '--parallels-disable-snapshots',
    env: 'PARALLELS_DISABLE_SNAPSHOTS',
    toml: 'parallels.disable_snapshots',
    kind: yesNo(),
    doc: 'Delete the Parallels machine after each job instead of rolling it back',
  },
  parallelsTimeServer: {
    flag: '--parallels-time-server',
    env: 'PARALLELS_TIME_SERVER',
    toml: 'parallels.time_server',
    kind: text(),
    doc: "NTP server that sets the guest's clock, e.g. `time.apple.com`",
  },
  parallelsAllowedImages: {
    flag: '--parallels-allowed-images',
    env: 'PARALLELS_ALLOWED_IMAGES',
    toml: 'parallels.allowed_images',
    kind: list('PATTERN'),
    doc: 'Parallels machine pattern that jobs may select, e.g. `macos-1[45]`',
  },
} as const satisfies Record<string, Row>;
