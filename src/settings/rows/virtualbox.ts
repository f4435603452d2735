import { choice, filePath, list, text, yesNo } from '../kinds.ts';
import type { Row } from '../row.ts';

/** VirtualBox. */
export const virtualboxRows = {
  virtualboxBaseName: {
    flag: '--virtualbox-base-name',
    env: 'VIRTUALBOX_BASE_NAME',
    toml: 'virtualbox.base_name',
    kind: text(),
    ask: 'VirtualBox virtual machine',
    doc: 'VirtualBox virtual machine to clone for each job',
  },
  virtualboxBaseSnapshot: {
    flag: '--virtualbox-base-snapshot',
    env: 'VIRTUALBOX_BASE_SNAPSHOT',
    toml: 'virtualbox.base_snapshot',
    kind: text(),
    doc: 'Snapshot to clone (default: the current state)',
  },
  virtualboxBaseFolder: {
    flag: '--virtualbox-base-folder',
    env: 'VIRTUALBOX_BASE_FOLDER',
    toml: 'virtualbox.base_folder',
    kind: filePath(),
    doc: 'Folder for cloned virtual machines',
  },
  virtualboxDisableSnapshots: {
    flag: '--virtualbox-disable-snapshots',
    env: 'VIRTUALBOX_DISABLE_SNAPSHOTS',
    toml: 'virtualbox.disable_snapshots',
    kind: yesNo(),
    doc: 'Delete the virtual machine after each job instead of restoring it',
  },
  virtualboxAllowedImages: {
    flag: '--virtualbox-allowed-images',
    env: 'VIRTUALBOX_ALLOWED_IMAGES',
    toml: 'virtualbox.allowed_images',
    kind: list('PATTERN'),
    doc: 'Virtual machine that jobs may use, such as `ubuntu-.*`',
  },
  virtualboxStartType: {
    flag: '--virtualbox-start-type',
    env: 'VIRTUALBOX_START_TYPE',
    toml: 'virtualbox.start_type',
    kind: choice(['headless', 'gui', 'separate']),
    doc: 'Front end of the started virtual machine',
  },
} as const satisfies Record<string, Row>;
