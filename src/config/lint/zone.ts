/** Says whether Go knows a time zone by exactly this name: unlike here, capital letters count there. */
export function isZone(name: string): boolean {
  if (name === '' || name === 'Local' || singles.has(name)) return true;
  const parts = name.split('/');
  if (parts.length < 2 || !parts.every(isSpelt)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const singles: ReadonlySet<string> = new Set(
  'CET CST6CDT Cuba EET EST EST5EDT Egypt Eire Factory GB GB-Eire GMT GMT+0 GMT-0 GMT0 Greenwich HST Hongkong Iceland Iran Israel Jamaica Japan Kwajalein Libya MET MST MST7MDT NZ NZ-CHAT Navajo PRC PST8PDT Poland Portugal ROC ROK Singapore Turkey UCT UTC Universal W-SU WET Zulu'.split(
    ' ',
  ),
);

const isSpelt = (part: string): boolean => part.split(/[_+-]/).every((word) => word === spelling(word));

const spelling = (word: string): string =>
  odd.find((one) => one.toLowerCase() === word.toLowerCase()) ??
  word.charAt(0).toUpperCase() + word.slice(1).toLowerCase();

// Words in the names of zones that are not a capital letter with small ones behind it.
const odd =
  'ACT au BajaNorte BajaSur ComodRivadavia DeNoronha DumontDUrville EasterIsland es GMT GMT0 IN LHI McMurdo NSW of UCT US UTC'.split(
    ' ',
  );
