import { existsSync } from 'node:fs';
import { Trouble } from '../../errors.ts';
import { completePath, placeHere, readText } from '../../host/places.ts';
import { Unfit, type Value } from '../../settings/kinds.ts';
import { accountIn } from '../../storage/gcs-account.ts';
import type { Person } from '../../terminal/ask.ts';
import type { Say } from '../../terminal/say.ts';
import type { World } from '../../world.ts';
import type { CacheDraft } from './draft.ts';
import { cacheQuestions, type Provider, providers, sectionOf } from './questions.ts';

/** Who asks, and where config.toml is. */
export interface CacheWizard {
  readonly world: World;
  readonly say: Say;
  readonly path: string;
  readonly person: Person;
}

type CacheQuestion = (typeof cacheQuestions)[number];

/** Asks all that makes a cache; what flags say is not asked again, unless everything is. */
export async function askAll(wizard: CacheWizard, draft: CacheDraft, isAgain = false): Promise<void> {
  const names = cacheQuestions.map(({ name }) => name);
  const said = new Set(isAgain ? [] : names.filter((name) => draft.has(name)));
  if (isAgain || !draft.has('cacheType')) await askProvider(wizard, draft);
  const provider = draft.provider!;
  for (const question of cacheQuestions) {
    const { name, of, when } = question;
    if (of.includes(provider) && when(draft.known)) {
      // An endpoint with a scheme has said whether TLS is used.
      if (name === 'cacheS3Insecure' && draft.has(name) && !isAgain) said.add(name);
      if (!said.has(name)) await ask(wizard, draft, question);
    } else if (!said.has(name) && isOfSection(question, provider)) draft.leave(name);
  }
  if (draft.known('cacheS3AuthenticationType') === 'iam') draft.leave('cacheS3SessionToken');
}

// An endpoint beside Amazon's own, and keys beside the role of the machine, would only mislead.
const isOfSection = ({ of }: CacheQuestion, provider: Provider): boolean =>
  of.some((one) => sectionOf(one) === sectionOf(provider));

/** Asks only what a cache cannot do without and nobody has said. */
export async function askLacking(wizard: CacheWizard, draft: CacheDraft): Promise<void> {
  if (draft.provider === undefined) await askProvider(wizard, draft);
  for (const question of cacheQuestions)
    if (draft.lacking.includes(question.name)) await ask(wizard, draft, question);
}

async function askProvider({ person }: CacheWizard, draft: CacheDraft): Promise<void> {
  draft.choose(await person.choose('Where is the cache stored?', providers, draft.provider ?? 'minio'));
}

async function ask(
  { person, ...place }: CacheWizard,
  draft: CacheDraft,
  question: CacheQuestion,
): Promise<void> {
  const { name, kind, required, usual } = question;
  const present = usual(draft.known);
  const isSecret = kind.name === 'secret';
  const keeps = isSecret && present !== undefined && present !== '';
  const asked = {
    ...question,
    ask: keeps ? `${question.ask} (empty: unchanged)` : question.ask,
    required: required && !keeps,
  };
  const answer = await checkedAnswer(person, asked, isSecret ? undefined : present, place);
  if (answer !== undefined) draft.put(name, answer);
  else if (!keeps) draft.leave(name);
}

async function checkedAnswer(
  person: Person,
  question: CacheQuestion,
  usual: Value | undefined,
  place: Omit<CacheWizard, 'person'>,
): Promise<Value | undefined> {
  if (question.name !== 'cacheGcsCredentialsFile') return person.answer(question, usual);
  const read = (words: readonly string[]) => keyFile(words.at(-1) ?? '', place);
  return person.answer({ ...question, kind: { ...question.kind, read } }, usual);
}

/** The path of a key file, looked into where it is on this machine; throws an `Unfit` for one of something else. */
function keyFile(words: string, { world, path }: Omit<CacheWizard, 'person'>): string {
  const file = placeHere(completePath(words, world), path);
  if (!existsSync(file)) throw new Unfit('a file on this machine');
  try {
    accountIn(readText(file, 'key file'), file);
  } catch (error) {
    throw error instanceof Trouble ? new Unfit('the JSON key file of a Google service account') : error;
  }
  return words;
}
