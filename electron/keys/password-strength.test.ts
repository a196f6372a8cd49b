import { describe, expect, it } from 'vitest';
import { MIN_GUESSES, ratePassword } from './password-strength.ts';
import { suggestPassword, words } from './word-suggestion.ts';

describe('a password', () => {
  it.each([
    ['short', 'secret/too-short'],
    ['Password1234', 'secret/too-weak'],
    ['aaaaaaaaaaaaaaaaaaaaaaaa', 'secret/too-weak'],
    ['qwertzuiopasdf', 'secret/too-weak'],
    ['2026-11-23-2026-11-24', 'secret/too-weak'],
    ['x'.repeat(257), 'secret/too-long'],
    ['marble otter lantern 47 quiet', null],
    ['a8#kQ2!vLp0z-Yw', null],
  ])('%s: %s', (password, problem) => {
    expect(ratePassword(password).problem).toBe(problem);
  });

  it.each([
    'weihnachtsmarkt',
    'Weihnachtsmarkt2024',
    'geburtstagskuchen',
    'fussballweltmeister',
    'Fußballweltmeister',
    'ichliebedich2024',
    'hundkatzemaus',
    'sommerferien2023',
    'schwarzwälderkirsch',
    'kühlschrankmagnet',
    'kuehlschrankmagnet',
    'maximilian.mustermann',
    'Geheimnis Geburtstag',
  ])('of German words is not taken for random letters: %s', (password) => {
    expect(ratePassword(password).problem).toBe('secret/too-weak');
  });

  it('of German words that do not belong together is good', () => {
    expect(ratePassword('fahrrad lampe nebel tisch kuchen').problem).toBeNull();
  });

  it('is judged with what a guesser knows of the person', () => {
    const password = 'annas-laptop-annas';
    const stranger = ratePassword(password);
    const known = ratePassword(password, ['annas-laptop', 'annas']);
    expect(known.guessesLog10).toBeLessThan(stranger.guessesLog10);
  });

  it('gets advice that the window can translate', () => {
    const { warning, advice, score } = ratePassword('password1234');
    expect(score).toBeLessThan(4);
    expect(warning).not.toBeNull();
    expect(advice.length).toBeGreaterThan(0);
  });

  it('is judged in the form in which it is used', () => {
    expect(ratePassword('  elevenchars ').problem).toBe('secret/too-short');
  });
});

describe('a suggestion', () => {
  it('has six words of the long list, which are 7,776 different ones', () => {
    expect(new Set(words).size).toBe(7776);
    expect(words.filter((word) => !/^[a-z]{3,9}$/u.test(word))).toEqual([]);
    const suggested = suggestPassword().split(' ');
    expect(suggested).toHaveLength(6);
    expect(suggested.filter((word) => !words.includes(word))).toEqual([]);
  });

  it('is never the same, and always good enough', () => {
    const many = Array.from({ length: 40 }, () => suggestPassword());
    expect(new Set(many).size).toBe(40);
    for (const password of many) {
      const { problem, guessesLog10 } = ratePassword(password);
      expect(problem).toBeNull();
      expect(10 ** guessesLog10).toBeGreaterThan(MIN_GUESSES);
    }
  });
});
