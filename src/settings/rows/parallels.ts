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
    doc: 'Parallels virtual machine to clone for each job',
  },
  parallelsTemplateName: {
    flag: '--parallels-template-name',
    env: 'PARALLELS_TEMPLATE_NAME',
    toml: 'parallels.template_name',
    kind: text(),
    doc: 'Parallels template for linked clones',
  },
  parallelsDisableSnapshots: {
    flag: '--parallels-disable-snapshots',
    env: 'PARALLELS_DISABLE_SNAPSHOTS',
    toml: 'parallels.disable_snapshots',
    kind: yesNo(),
    doc: 'Delete the virtual machine after each job instead of restoring it',
  },
  parallelsTimeServer: {
    flag: '--parallels-time-server',
    env: 'PARALLELS_TIME_SERVER',
    toml: 'parallels.time_server',
    kind: text(),
    doc: 'NTP server for the virtual machine, such as `time.apple.com`',
  },
  parallelsAllowedImages: {
    flag: '--parallels-allowed-images',
    env: 'PARALLELS_ALLOWED_IMAGES',
    toml: 'parallels.allowed_images',
    kind: list('PATTERN'),
    doc: 'Virtual machine that jobs may use, such as `macos-1[45]`',
  },
} as const satisfies Record<string, Row>;
