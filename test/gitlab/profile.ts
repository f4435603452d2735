/** What differs between GitLab versions (gitlab-api.md 11), as far as the stand-in shows it. */
export interface Profile {
  version: string;
  enterprise: boolean;
  /** Verify answers JSON; before, the bare characters 200. */
  jsonVerify: boolean;
  /** The answers carry token_expires_at. */
  tellsExpiry: boolean;
  /** POST /user/runners, runner managers. */
  userRunners: boolean;
  metadata: boolean;
  /** GET /personal_access_tokens/self. */
  showsOwnToken: boolean;
  /** 403 of the legacy registration says why. */
  saysInvalidToken: boolean;
  /** GET /runners/:id/jobs heeds system_id. */
  listsJobsByManager: boolean;
  legacyByDefault: boolean;
  lengthLimits: boolean;
  hiddenVariables: boolean;
  /** A value that is not expanded may be masked whatever its characters. */
  masksRaw: boolean;
  typedTokens: boolean;
  registeredPrefix: boolean;
  namesMissingOwner: boolean;
  /** A runner without owner is refused. */
  refusesOrphans: boolean;
  jobExecutionStatus: boolean;
  /** A runner says when it was made. */
  tellsCreation: boolean;
  /** "404 Runner Not Found"; before, "404 Not found". */
  namesMissingRunner: boolean;
}

/** Reads the switches off a version such as "16.11.2-ee"; a version that cannot be read throws. */
export function profileOf(version: string): Profile {
  const found = /^(\d+)\.(\d+)/.exec(version);
  if (found === null) throw new Error(`not a GitLab version: ${version}`);
  const number = Number(found[1]) * 100 + Number(found[2]);
  return {
    version,
    enterprise: version.includes('-ee'),
    jsonVerify: number >= 1509,
    tellsExpiry: number >= 1500,
    userRunners: number >= 1600,
    metadata: number >= 1502,
    showsOwnToken: number >= 1505,
    saysInvalidToken: number >= 1600,
    listsJobsByManager: number >= 1607,
    legacyByDefault: number < 1700,
    lengthLimits: number >= 1705,
    hiddenVariables: number >= 1704,
    masksRaw: number >= 1600,
    typedTokens: number >= 1705,
    registeredPrefix: number >= 1711,
    namesMissingOwner: number >= 1705,
    refusesOrphans: number >= 1709 && number < 1900,
    jobExecutionStatus: number >= 1800,
    tellsCreation: number >= 1800,
    namesMissingRunner: number >= 1900,
  };
}
