import { win32 } from 'node:path';
import { runAtOnce } from '../../child.ts';
import { windowsWords } from '../../text/windows-words.ts';
import { configOfStart, runCommandIn, valueIn } from '../runner-words.ts';
import type { RunningRunner } from '../running-runners.ts';
import type { RunnerService } from './service.ts';

/** What Windows shows of gitlab-runner. */
interface Shown {
  readonly running: readonly RunningRunner[];
  readonly services: readonly RunnerService[];
}

let seen: Shown | undefined | 'unasked' = 'unasked';

/** Asks Windows for services and processes of gitlab-runner, once in a run, as PowerShell takes its time; nothing when it fails. */
export function runnersOfWindows(): Shown | undefined {
  if (seen === 'unasked') seen = ask();
  return seen;
}

function ask(): Shown | undefined {
  const program = 'C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe';
  const encoded = Buffer.from(script, 'utf16le').toString('base64');
  const words = ['-NoProfile', '-NonInteractive', '-EncodedCommand', encoded];
  try {
    return shownIn(runAtOnce(program, words, { env: {}, timeout: 15_000, files: [] }));
  } catch {
    return undefined;
  }
}

// The words of these classes are the same in every language of Windows.
const script = `$ErrorActionPreference = 'Stop'
[Console]::OutputEncoding = [Text.Encoding]::UTF8
$services = Get-CimInstance Win32_Service -Filter "PathName LIKE '%gitlab-%runner%'"
$processes = Get-CimInstance Win32_Process -Filter "Name LIKE 'gitlab-%runner%'"
ConvertTo-Json -Compress -Depth 3 @{
  services = @($services | Select-Object Name, StartMode, PathName, ProcessId)
  processes = @($processes | Select-Object ProcessId, CommandLine)
}`;

interface Printed {
  readonly services: readonly {
    readonly Name: string;
    readonly StartMode: string;
    readonly PathName: string | null;
    readonly ProcessId: number;
  }[];
  readonly processes: readonly { readonly ProcessId: number; readonly CommandLine: string | null }[];
}

/**
 * The services and processes of gitlab-runner in the JSON that PowerShell prints of Win32_Service and Win32_Process. The
 * command line of a process is only shown to its user and administrators: that of a service is known by the service.
 */
export function shownIn(printed: string): Shown {
  const { services, processes } = JSON.parse(printed.replace(/^\ufeff/, '')) as Printed;
  const found = services.flatMap((one) => serviceOf(one) ?? []);
  const running = processes.flatMap(({ ProcessId: pid, CommandLine }) => {
    if (CommandLine === null) {
      const { config, user, program } = found.find((one) => one.pid === pid) ?? {};
      return [{ pid, config, user, program, uid: undefined }];
    }
    const start = startOf(CommandLine);
    return start === undefined ? [] : [{ pid, ...start, uid: undefined }];
  });
  return { running, services: found };
}

function serviceOf({
  Name,
  StartMode,
  PathName,
  ProcessId,
}: Printed['services'][number]): RunnerService | undefined {
  const start = startOf(PathName ?? '');
  if (start === undefined) return undefined;
  return {
    manager: 'Windows',
    name: Name,
    file: `HKLM\\SYSTEM\\CurrentControlSet\\Services\\${Name}`,
    isEnabled: StartMode === 'Auto',
    ...start,
    uid: undefined,
    ...(ProcessId > 0 && { pid: ProcessId }),
  };
}

type Start = Pick<RunnerService, 'program' | 'config' | 'user'>;

// Where nobody names a file, the folder in which it works decides, which Windows does not show.
function startOf(line: string): Start | undefined {
  // Without quotation marks Windows takes blanks for a part of the program's path.
  const run = runCommandIn(windowsWords(line.replace(/^[^"]+?\.exe(?=\s)/i, '"$&"')));
  if (run === undefined) return undefined;
  const { program, words } = run;
  const folder = () => valueIn(words, 'working-directory|d');
  const start = { words, variable: () => undefined, folder, uid: undefined, paths: win32 };
  return { program, config: configOfStart(start), user: valueIn(words, 'user|u') };
}
