import { describe, expect, it } from 'vitest';
import { errorCodes } from '../shared/errors.ts';
import { languageFor } from '../shared/language.ts';
import { resources } from './i18n.ts';

function leaves(value: unknown, path = ''): Map<string, string> {
  if (typeof value === 'string') return new Map([[path, value]]);
  const found = new Map<string, string>();
  for (const [key, item] of Object.entries(value as object)) {
    for (const [leaf, text] of leaves(item, `${path}/${key}`)) found.set(leaf, text);
  }
  return found;
}

const placeholders = (text: string): string[] =>
  [...text.matchAll(/\{\{(\w+)\}\}/gu)].map(([, name]) => name ?? '').toSorted();

describe('the languages', () => {
  const { errors: englishErrors, ...english } = resources.en;
  const { errors: germanErrors, ...german } = resources.de;

  it('have the same texts with the same facts in them', () => {
    const en = leaves(english);
    const de = leaves(german);
    expect([...de.keys()].toSorted()).toEqual([...en.keys()].toSorted());
    for (const [key, text] of en) {
      expect([key, placeholders(de.get(key) ?? '')]).toEqual([key, placeholders(text)]);
      expect(de.get(key)).not.toBe('');
    }
  });

  it('both explain every error', () => {
    expect(Object.keys(germanErrors).toSorted()).toEqual([...errorCodes].toSorted());
    for (const code of errorCodes) {
      for (const part of ['title', 'meaning', 'advice'] as const) {
        expect(placeholders(germanErrors[code][part])).toEqual(
          placeholders(englishErrors[code][part]),
        );
      }
    }
  });

  it('follow the system unless told otherwise', () => {
    expect(languageFor('system', 'de-AT')).toBe('de');
    expect(languageFor('system', 'fr-FR')).toBe('en');
    expect(languageFor('en', 'de')).toBe('en');
  });
});
