/** How far the search is and what it found. */
import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../ui/use-format.ts';
import type { SearchState } from './tree-search.ts';

export function SearchStatus({ state }: { readonly state: SearchState }) {
  const { t } = useTranslation('restore');
  const format = useFormat();
  const { found, foundCount, looked, total, done } = state;
  const formatted = format.count(foundCount);
  return (
    <Text component="output" display="block" size="sm" c="dimmed">
      {!done
        ? t('filter.looking', { looked: format.count(looked), total: format.count(total) })
        : foundCount === 0
          ? t('filter.none')
          : foundCount > found.length
            ? t('filter.foundFirst', { formatted, shown: format.count(found.length) })
            : t('filter.found', { count: foundCount, formatted })}
    </Text>
  );
}
