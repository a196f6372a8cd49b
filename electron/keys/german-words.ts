/**
 * German words for the estimate of passwords. The package's data is of the major version before zxcvbn's own; its lists are plain ranked words,
 * which both take. Its names for them are those of no language in particular, and would take the place of other lists.
 */
import { dictionary } from '@zxcvbn-ts/language-de';

/** Often used as passwords, and in neither the list of these, which is of English origin, nor a dictionary. */
const phrases: readonly string[] = [
  'ichliebedich',
  'ichliebdich',
  'ichhabdichlieb',
  'ichhabedichlieb',
  'ichliebedichsosehr',
  'ichliebedichmeinschatz',
  'ichliebedichfürimmer',
  'ichvermissedich',
  'ichhassedich',
  'ichbinderbeste',
  'ichbinesselbst',
  'ichwillnichtmehr',
  'ichweißesnicht',
  'ichweißnichtmehr',
  'ichhabkeineahnung',
  'ichhabekeineahnung',
  'ichdarfrein',
  'ichbins',
  'dubistdiebeste',
  'dubistderbeste',
  'dubistmeinschatz',
  'dubistmeinleben',
  'meinschatz',
  'meinherz',
  'meinengel',
  'meineliebe',
  'meinefamilie',
  'meinekinder',
  'meinpasswort',
  'meinkennwort',
  'meingeheimnis',
  'meincomputer',
  'meinlaptop',
  'dasistmeinpasswort',
  'dasisteinpasswort',
  'dasistgeheim',
  'dasistsicher',
  'keinpasswort',
  'neuespasswort',
  'sicherespasswort',
  'geheimespasswort',
  'passwortvergessen',
  'lassmichrein',
  'sesamöffnedich',
  'hallowelt',
  'gutenmorgen',
  'gutentag',
  'gutenacht',
  'frohesneuesjahr',
  'froheweihnachten',
  'fröhlicheweihnachten',
  'allesgute',
  'allesgutezumgeburtstag',
  'zumgeburtstagvielglück',
  'bisbald',
  'aufwiedersehen',
  'liebemeineslebens',
  'schatzichliebedich',
  'allesklar',
  'allesliebe',
  'schönentag',
  'werdasliestistdoof',
  'eswareinmal',
  'franzjagtimkomplettverwahrlostentaxiquerdurchbayern',
  'himmelundhölle',
  'niemalsaufgeben',
  'mustermann',
  'musterfrau',
  'maxmustermann',
  'niewieder',
  'fürimmerundewig',
  'fürimmerdein',
];

/** As German is typed on a keyboard without these letters. */
const SPELLED_OUT: Readonly<Record<string, string>> = { ä: 'ae', ö: 'oe', ü: 'ue', ß: 'ss' };

/** Ranked as in the list: the other spelling follows its word. */
function withSpellings(words: readonly string[]): string[] {
  return [
    ...new Set(
      words.flatMap((word) => [
        word,
        word.replaceAll('ß', 'ss'),
        word.replaceAll(/[äöüß]/gu, (letter) => SPELLED_OUT[letter] ?? letter),
      ]),
    ),
  ];
}

export const germanDictionary: Readonly<Record<string, string[]>> = Object.fromEntries(
  Object.entries({ ...dictionary, phrases }).map(([name, words]) => [
    `${name}-de`,
    withSpellings(words.map(String)),
  ]),
);
