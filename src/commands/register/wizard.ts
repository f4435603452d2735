import { atPrompt, exitCode, Trouble } from '../../errors.ts';
import {
  type Credential,
  credentialOf,
  kindOf,
  recogniseToken,
  shorten,
  type TokenKind,
} from '../../settings/credential.ts';
import { type Gathered, learn } from '../../settings/gather.ts';
import type { Value } from '../../settings/kinds.ts';
import type { ImageBuilds } from '../../settings/presets.ts';
import {
  type Facts,
  isAside,
  type Question,
  type QuestionName,
  questions,
  type WizardOnly,
  type WizardState,
} from '../../settings/questions.ts';
import { labelOf } from '../../settings/rules.ts';
import type { SettingName, Settings } from '../../settings/table.ts';
import { left, type Person } from '../../terminal/ask.ts';
import type { Say } from '../../terminal/say.ts';
import { ownerOfPage } from '../../text/gitlab-pages.ts';
import { harmless } from '../../text/sanitize.ts';

/** Looks at answers while they can still be given anew; what is wrong is said by the look itself. */
export interface Looks {
  /** The address to use, or nothing when it has to be asked again. */
  address(words: string): Promise<string | undefined>;
  /** Whether the runner stands in the file already: then nothing more is asked, only what was given changes. */
  present(): boolean;
  /** What is worth knowing of a token that can be used, as GitLab tells; nothing when another one has to be asked for. */
  token(credential: Omit<Credential, 'by'>): Promise<TokenLook | undefined>;
  /** Whether a group or project is there for this access token. */
  owner(kind: 'group' | 'project', words: string, accessToken: string): Promise<boolean>;
  /** Gives the settings by which jobs can build images in this way, beside the settings that are known. */
  builds(way: ImageBuilds): Promise<(known: Settings) => Settings>;
  /** What containers do not know of a GitLab that this machine knows. */
  reach(url: string): Promise<Pick<Facts, 'localHost' | 'outside' | 'ca'>>;
  /** Whether a container can be run here. */
  engine(settings: Settings): Promise<boolean>;
  /** Whether the hosts that jobs are told of are found in a container, as far as that can be known. */
  inside(settings: Settings): Promise<boolean>;
}

/** What a look at a token that can be used has told: a sentence for the person, which may be empty, and what it may do. */
export interface TokenLook extends Pick<Facts, 'readsPaths'> {
  readonly note: string;
}

/** The person, and the voice to speak to them with. */
interface Talk {
  readonly say: Say;
  readonly person: Person;
}

/** A conversation with the person over what flags and environment gave already; it ends when all that is needed is known. */
export class Wizard {
  readonly #talk: Talk;
  readonly #known: Gathered;
  readonly #looks: Looks;
  readonly #asides: WizardOnly = {};
  #settingsForBuilds: (known: Settings) => Settings = () => ({});
  readonly #answered = new Set<QuestionName>();
  /** The questions that were answered here, in their order: Esc goes back to the last one. */
  #history: QuestionName[] = [];
  /** Answers that Esc went back to, to be proposed. */
  readonly #earlier = new Map<QuestionName, Value>();
  /** Answers that were refused, to be corrected. */
  readonly #refused = new Map<QuestionName, Value>();
  #facts: Facts;
  /** What was last said before a question. */
  #before: string | undefined;
  /** The address and the token that were last found to belong together. */
  #checked = '';
  /** What is said once the answer is on the screen. */
  #note: string | undefined;

  constructor(talk: Talk, known: Gathered, facts: Facts, looks: Looks) {
    this.#talk = talk;
    this.#known = known;
    this.#facts = facts;
    this.#looks = looks;
  }

  /** Asks whatever is not known yet; an address that was given is looked at first. */
  async ask(): Promise<void> {
    const given = this.#known.settings.url;
    const address = questions.find(({ look }) => look === 'address')!;
    if (given !== undefined && !this.#answered.has(address.name)) {
      if (await this.#settle(address, given)) this.#answered.add(address.name);
      else unlearn(this.#known, 'url');
    }
    for (;;) {
      const next = this.#next();
      // Another address asks for another look at the token, even where nothing else is left to ask.
      const isDue = next !== undefined || this.#checked !== '';
      if (isDue && !(await this.#checkToken())) continue;
      if (next === undefined) return;
      const usual = this.#earlier.get(next.name) ?? next.usual(this.#state());
      await this.#put(next, usual, this.#history.length > 0);
    }
  }

  #goBack(): void {
    // The kind of a token is part of the answer before it.
    if (this.#history.at(-1) === 'tokenKind') this.#history.pop();
    const name = this.#history.pop()!;
    const answer = this.#present(questions.find((one) => one.name === name)!);
    if (answer !== undefined) this.#earlier.set(name, answer);
    this.#forget(name);
  }

  /** Lets the person choose an answer to give anew (`likely` is proposed); asks that, and what follows from it. */
  async correct(likely?: QuestionName): Promise<void> {
    const asked = questions.filter((one) => one.when(this.#state()) || isTokenQuestion(one, this.#known));
    const choices = asked.map((one) => ({ value: one.name, name: labelOf(one.ask), line: this.#shown(one) }));
    const back = { value: 'back' as const, name: 'Back', line: '' };
    const name = await this.#talk.person.choose('Which answer?', [...choices, back], likely, 'back');
    if (name === 'back') return;
    const question = asked.find((one) => one.name === name)!;
    const usual = this.#present(question);
    this.#forget(name);
    while (!this.#answered.has(name)) await this.#put(question, usual);
    await this.ask();
  }

  /** All that is known, with what follows from the answers, without answers to questions that no longer arise. */
  settled(): Gathered {
    const state = this.#state();
    // The token and the CA file are answers to other questions, too.
    const idle = questions.filter(
      ({ name, when }) => name !== 'token' && name !== 'tlsCaFile' && !when(state),
    );
    const builds = this.builds === undefined ? {} : this.#settingsForBuilds(this.#known.settings);
    const trust: Settings =
      this.#arises('jobsTrustCa') && this.#asides.jobsTrustCa ? { caForJobs: true } : {};
    return settle(this.#known, { ...builds, ...trust }, new Set(idle.map(({ name }) => name)));
  }

  /** The preset by which jobs build images, where the person chose one. */
  get builds(): string | undefined {
    const { imageBuilds } = this.#asides;
    return this.#arises('imageBuilds') && imageBuilds !== 'no' ? imageBuilds : undefined;
  }

  #arises = (name: QuestionName): boolean =>
    questions.some((one) => one.name === name && one.when(this.#state()));

  #state(): WizardState {
    const { settings } = this.#known;
    return { settings, asides: this.#asides, credential: credential(this.#known), facts: this.#facts };
  }

  #next(): Question | undefined {
    if (this.#isPresent()) return undefined;
    const state = this.#state();
    return questions.find(
      (one) => one.when(state) && !this.#answered.has(one.name) && !isGiven(this.#known, one.name),
    );
  }

  #isPresent(): boolean {
    const isKnown = this.#known.settings.url !== undefined && credential(this.#known) !== undefined;
    return isKnown && this.#looks.present();
  }

  async #put(question: Question, usual: Value | undefined, canLeave = false): Promise<void> {
    const before = question.before?.(this.#state());
    // A question that is asked again need not be explained again.
    if (before !== undefined && before !== this.#before) this.#talk.say.note(before);
    this.#before = before ?? this.#before;
    const asked = { ...question, ...question.as?.(this.#state()) };
    const { person } = this.#talk;
    const refused = this.#refused.get(question.name);
    const value = await (canLeave ? person.answerOrLeave : person.answer)(asked, usual, refused);
    if (value === left) return this.#goBack();
    if (value === undefined || (await this.#isAccepted(asked, value))) this.#finish(question.name);
    if (this.#note) this.#talk.say.note(this.#note);
    this.#note = undefined;
    if (question.look !== 'engine') return;
    this.#facts = { ...this.#facts, hasEngine: await this.#looks.engine(this.#known.settings) };
  }

  #finish(name: QuestionName): void {
    this.#answered.add(name);
    this.#earlier.delete(name);
    this.#history = [...this.#history.filter((one) => one !== name), name];
  }

  async #isAccepted(asked: Question, value: Value): Promise<boolean> {
    if (await this.#settle(asked, value)) {
      this.#refused.delete(asked.name);
      this.#talk.person.accepted(asked, this.#acceptedAs(asked.name, value));
      return true;
    }
    if (asked.kind.name !== 'secret') this.#refused.set(asked.name, value);
    return false;
  }

  // An address may have been repaired.
  #acceptedAs = (name: QuestionName, value: Value): Value =>
    name === 'url' ? (this.#known.settings.url ?? value) : value;

  // Keeps an answer and does what it asks for beyond that; false sends the person back to the question.
  async #settle({ name, look, leadsTo }: Question, value: Value): Promise<boolean> {
    if (look === 'address') return this.#takeAddress(String(value));
    if (look === 'token') return this.#settleToken(name, value);
    if (!isAside(name)) {
      learn(this.#known, name, value, 'answer');
      return look !== 'owner' || this.#lookAtOwner(name as 'group' | 'project', String(value));
    }
    Object.assign(this.#asides, { [name]: value });
    if (look === 'builds') this.#settingsForBuilds = await this.#looks.builds(value as ImageBuilds);
    if (look !== 'inside' || value !== true || (await this.#looks.inside(this.#known.settings))) return true;
    // What was not found may be told otherwise, and looked up again; a person who is content says no.
    if (leadsTo !== undefined) this.#forget(leadsTo);
    return false;
  }

  // A token that nothing tells apart is kept until its kind is known, which is asked next.
  async #settleToken(name: QuestionName, value: Value): Promise<boolean> {
    if (!isAside(name)) return this.#takeToken(String(value), undefined);
    if (await this.#takeToken(this.#asides.typedToken ?? '', value as TokenKind)) return true;
    this.#forget('token');
    return false;
  }

  async #lookAtOwner(kind: 'group' | 'project', words: string): Promise<boolean> {
    const token = credential(this.#known)?.token;
    if (token === undefined || (await this.#looks.owner(kind, words, token))) return true;
    unlearn(this.#known, kind);
    return false;
  }

  async #takeAddress(words: string): Promise<boolean> {
    const url = await this.#looks.address(words);
    if (url === undefined) return false;
    learn(this.#known, 'url', url, this.#known.sources.get('url') ?? 'answer');
    const { localHost: _, outside: __, ca: ___, ...facts } = this.#facts;
    this.#facts = { ...facts, page: ownerOfPage(words, url), ...(await this.#looks.reach(url)) };
    return true;
  }

  async #takeToken(token: string, kind: TokenKind | undefined): Promise<boolean> {
    try {
      const found = kindOf(token, kind ?? 'authentication');
      // Not before: of what is no token, such as the address, nothing is to be hidden from now on.
      this.#talk.say.hide([token]);
      if (kind === undefined && 'unknown' in recogniseToken(token)) {
        this.#asides.typedToken = token;
        return true;
      }
      const look = await this.#looks.token({ kind: found, token });
      if (look === undefined) return false;
      learn(this.#known, tokenSettings[found], token, 'answer');
      this.#note = look.note;
      this.#learnReach(look);
      this.#checked = `${this.#known.settings.url} ${token}`;
      return true;
    } catch (error) {
      if (!(error instanceof Trouble) || error.code !== exitCode.usage) throw error;
      this.#talk.say.trouble(atPrompt(error));
      return false;
    }
  }

  // A token that was given, or was typed for another address. A refused one is asked for again.
  async #checkToken(): Promise<boolean> {
    const found = credential(this.#known);
    const { url } = this.#known.settings;
    if (found === undefined || url === undefined || this.#checked === `${url} ${found.token}`) return true;
    const look = await this.#looks.token(found);
    this.#checked = `${url} ${found.token}`;
    if (look === undefined) this.#forget('token');
    else {
      if (look.note !== '') this.#talk.say.note(look.note);
      this.#learnReach(look);
    }
    return look !== undefined;
  }

  // A path that was given is asked for again where this token cannot look it up.
  #learnReach({ readsPaths }: TokenLook): void {
    this.#facts = { ...this.#facts, readsPaths };
    if (readsPaths !== false) return;
    for (const name of ['group', 'project'] as const) {
      const given = this.#known.settings[name];
      if (given !== undefined && !/^\d+$/.test(given)) this.#forget(name);
    }
  }

  #present(question: Question): Value | undefined {
    const { name, kind } = question;
    if (kind.name === 'secret' || name === 'tokenKind') return undefined;
    const before = isAside(name) ? this.#asides[name] : this.#known.settings[name];
    return (before as Value | undefined) ?? question.usual(this.#state());
  }

  // As it stands now, in a line of the list of answers.
  #shown(question: Question): string {
    const { kind } = question;
    if (question.name === 'token') return shorten(credential(this.#known)?.token ?? '');
    if (kind.name === 'secret') return '(hidden)';
    const value = this.#present(question);
    if (typeof value === 'boolean') return value ? 'yes' : 'no';
    const words = value === undefined ? '' : kind.write(value).join(' ');
    const { choices } = { ...question, ...question.as?.(this.#state()) };
    const choice = choices?.find((one) => one.value === words);
    return harmless(choice?.name ?? words, 50);
  }

  #forget(name: QuestionName): void {
    this.#answered.delete(name);
    if (name === 'token') forgetTokens(this.#known, this.#asides, this.#answered);
    else if (!isAside(name)) unlearn(this.#known, name);
    else if (name !== 'tokenKind') delete this.#asides[name];
    const next = questions.find((one) => one.name === name)?.leadsTo;
    if (next !== undefined && !isAside(name)) this.#answered.delete(next);
  }
}

// A token that contradicts itself is refused later, with all that is wrong; here it only is not known yet.
function credential(known: Gathered): Credential | undefined {
  try {
    return credentialOf(known);
  } catch {
    return undefined;
  }
}

const isGiven = ({ settings }: Gathered, name: QuestionName): boolean =>
  !isAside(name) && settings[name] !== undefined;

const isTokenQuestion = ({ name }: Question, { sources }: Gathered): boolean =>
  name === 'token' && Object.values(tokenSettings).some((one) => sources.get(one) === 'answer');

function forgetTokens(known: Gathered, asides: WizardOnly, answered: Set<QuestionName>): void {
  for (const name of Object.values(tokenSettings)) unlearn(known, name);
  delete asides.typedToken;
  answered.delete('tokenKind');
}

/** Takes what is known of a setting back. */
function unlearn({ settings, sources }: Gathered, name: SettingName): void {
  delete settings[name];
  sources.delete(name);
}

/**
 * What is known with what follows from how images are built, without answers to questions that are idle: worked out
 * anew from the answers each time, so that another answer leaves no trace of the first.
 */
function settle(known: Gathered, followed: Settings, idle: ReadonlySet<QuestionName>): Gathered {
  const settled: Gathered = { settings: { ...known.settings }, sources: new Map(known.sources) };
  for (const [name, source] of known.sources) {
    if (source === 'answer' && idle.has(name)) unlearn(settled, name);
  }
  for (const [name, value] of Object.entries(followed)) learn(settled, name as SettingName, value, 'answer');
  return settled;
}

/** The setting that a token of each kind is kept under. */
const tokenSettings = {
  authentication: 'token',
  registration: 'registrationToken',
  access: 'accessToken',
} as const;
