/** One sentence: what is chosen, by name, and what was taken out of it. */
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../ui/use-format.ts';
import { chosenItems, isEverything, MAX_MARKS, type Mark, type Selection } from './selection.ts';

const MAX_NAMES = 3;

export function ChoiceSummary({ selection }: { readonly selection: Selection }) {
  const { t } = useTranslation('restore');
  const format = useFormat();
  if (selection.size === 0) return <>{t('what.nothing')}</>;
  if (selection.size > MAX_MARKS) return <>{t('what.tooMany')}</>;
  if (isEverything(selection)) return <>{t('what.everything')}</>;
  const { chosen, leftOut } = chosenItems(selection);
  const sentence = (key: 'what.chosen' | 'what.except', marks: readonly Mark[]): string =>
    t(key, { count: marks.length, formatted: format.count(marks.length), names: names(marks) });
  const parts = [sentence('what.chosen', chosen)];
  if (leftOut.length > 0) parts.push(sentence('what.except', leftOut));
  return <>{parts.join('; ')}.</>;

  function names(marks: readonly Mark[]): string {
    const shown = marks.slice(0, MAX_NAMES).map(({ name }) => name);
    const more = marks.length - shown.length;
    if (more > 0) shown.push(t('what.andMore', { count: more, formatted: format.count(more) }));
    return shown.join(', ');
  }
}
