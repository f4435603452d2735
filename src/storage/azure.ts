import { createHmac } from 'node:crypto';
import type { Answer } from '../gitlab/send.ts';
import { harmless } from '../text/sanitize.ts';
import {
  type Act,
  clockWords,
  encodePath,
  type Fault,
  type Store,
  type StoreContext,
  skewOf,
  xmlError,
} from './store.ts';

/** A container of Azure Blob Storage and the account key that opens it. */
interface AzureSettings {
  readonly account: string;
  /** In Base64. */
  readonly key: string;
  readonly container: string;
  readonly domain: string;
}

/** Where Azure Blob Storage is where nothing else is set. */
const usualDomain = 'blob.core.windows.net';

const version = '2021-08-06';

/** An object in a container of Azure Blob Storage, asked for with the account key. */
export function azureStore(settings: AzureSettings, context: StoreContext): Store {
  const { account, container } = settings;
  const url = `https://${account}.${settings.domain || usualDomain}`;
  return {
    url,
    bucket: container,
    object: context.object,
    request(act, body) {
      const path = encodePath(`/${container}/${context.object}`);
      const sent = act === 'put' ? body : undefined;
      const headers = signed({ method: methods[act], path, body: sent }, settings, context.now());
      return { method: methods[act], url: url + path, headers, body: sent ?? null };
    },
    refusal: (act, answer) => refusalOf(act, answer, settings, context),
    unreachable: (problem) =>
      problem === 'name'
        ? {
            next: `Check the account name and the domain: ${context.edit('--cache-azure-account-name NAME')}`,
          }
        : undefined,
  };
}

const methods = { put: 'PUT', get: 'GET', delete: 'DELETE' } as const;

interface Unsigned {
  readonly method: string;
  readonly path: string;
  readonly body: Buffer | undefined;
}

const contentType = 'application/octet-stream';

/** The headers of a request with the one that signs it by Shared Key. */
function signed({ method, path, body }: Unsigned, { account, key }: AzureSettings, now: Date) {
  const own = {
    ...(body && { 'x-ms-blob-type': 'BlockBlob' }),
    'x-ms-date': now.toUTCString(),
    'x-ms-version': version,
  };
  const length = body === undefined || body.length === 0 ? '' : String(body.length);
  // Content-Encoding, -Language, -Length, -MD5, -Type, Date, four conditions, and Range.
  const standard = ['', '', length, '', body ? contentType : '', '', '', '', '', '', ''];
  const lines = Object.entries(own).map(([name, value]) => `${name}:${value}`);
  const text = [method, ...standard, ...lines, `/${account}${path}`].join('\n');
  const signature = createHmac('sha256', Buffer.from(key, 'base64')).update(text).digest('base64');
  return {
    ...own,
    ...(body && { 'content-type': contentType }),
    authorization: `SharedKey ${account}:${signature}`,
  };
}

function refusalOf(act: Act, answer: Answer, settings: AzureSettings, context: StoreContext): Fault {
  const { code, message } = xmlError(answer);
  const first = message.split('\n')[0]!;
  const why = code === '' ? undefined : `Azure says: ${harmless(`${code}: ${first}`, 300)}`;
  const found = faultOf(act, answer, settings, context);
  return { ...(why && { why: /[.!?]$/.test(why) ? why : `${why}.` }), ...found };
}

// Azure takes 15 minutes.
function faultOf(act: Act, answer: Answer, settings: AzureSettings, context: StoreContext): Fault {
  const { code } = xmlError(answer);
  const skew = skewOf(answer, context.now());
  if (code === 'AuthenticationFailed' && Math.abs(skew ?? 0) >= 600) return clockWords(skew);
  const { account, container } = settings;
  const known = byCode[code];
  if (known !== undefined) return known(settings, context);
  if (/^Authorization|^InsufficientAccountPermissions$|NotPermitted$/.test(code))
    return {
      problem: 'permission',
      message: `The storage account ${account} does not allow this machine to ${act} objects.`,
      next: 'Check the network rules of the storage account, and whether it allows access by account key.',
    };
  if (code === '' && answer.status < 500)
    return {
      problem: 'not-storage',
      message: `https://${account}.${settings.domain || usualDomain} does not respond like Azure Blob Storage.`,
      why: `It responded with HTTP ${answer.status}.`,
      next: `Check the domain and the proxy: ${context.edit(`--cache-azure-storage-domain ${usualDomain}`)}`,
    };
  return {
    problem: 'other',
    message: `Azure refused to ${act} the object in the container ${container} (HTTP ${answer.status}).`,
    next: answer.status >= 500 ? 'Run the command again in a few minutes.' : 'Check the message from Azure.',
  };
}

const byCode: Readonly<Record<string, (settings: AzureSettings, context: StoreContext) => Fault>> = {
  AuthenticationFailed: ({ account }, { edit }) => ({
    problem: 'credentials',
    message: `The account key does not belong to the storage account ${account}.`,
    next: `Copy a key from Access keys of the storage account, and enter it: ${edit('')}`,
  }),
  ContainerNotFound: ({ container }, { edit }) => ({
    problem: 'bucket',
    message: `The container ${container} does not exist.`,
    next: `Create the container, or set another one: ${edit('--cache-azure-container-name NAME')}`,
  }),
  ContainerBeingDeleted: ({ container }, { edit }) => ({
    problem: 'bucket',
    message: `The container ${container} is being deleted.`,
    next: `Use another one: ${edit('--cache-azure-container-name NAME')}`,
  }),
  InvalidResourceName: ({ container }, { edit }) => ({
    problem: 'bucket',
    message: `Azure refuses the container name ${container}.`,
    next: `Use another one: ${edit('--cache-azure-container-name NAME')}`,
  }),
  AccountIsDisabled: ({ account }) => ({
    problem: 'permission',
    message: `The storage account ${account} is disabled.`,
    next: 'Enable the storage account, or use another one.',
  }),
};
