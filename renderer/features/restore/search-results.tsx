/** What the search found, as a list of check boxes, each with the folders it is in. Only what is in view exists. */
import { useRef } from 'react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { Checkbox } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../ui/use-format.ts';
import styles from './search-results.module.css';
import type { SelectionView } from './selection.ts';
import type { Found } from './tree-search.ts';

const ROW_PX = 44;

export interface SearchResultsProps {
  readonly found: readonly Found[];
  readonly checks: SelectionView | null;
  readonly onCheck: (found: Found) => void;
}

export function SearchResults({ found, checks, onCheck }: SearchResultsProps) {
  const { t } = useTranslation('restore');
  const format = useFormat();
  const scroller = useRef<HTMLDivElement>(null);
  // The React compiler, which could not deal with it, is not used.
  // oxlint-disable-next-line react/incompatible-library
  const virtualizer = useVirtualizer<HTMLDivElement, HTMLDivElement>({
    count: found.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 10,
  });
  return (
    <section ref={scroller} className={styles['results']} aria-label={t('filter.results')}>
      <div style={{ height: virtualizer.getTotalSize(), position: 'relative' }}>
        {virtualizer.getVirtualItems().map(({ index, start }) => {
          const item = found[index];
          if (item === undefined) return null;
          const { entry, folders } = item;
          const state = checks?.stateOf(entry.path) ?? null;
          const text = (
            <>
              <span className={styles['name']}>{entry.name}</span>
              <span className={styles['folder']}>/{folders.join('/')}</span>
            </>
          );
          return (
            <div key={entry.path} className={styles['row']} style={{ top: start }}>
              {state === null ? (
                <div className={styles['label']}>{text}</div>
              ) : (
                <Checkbox
                  className={styles['label'] ?? ''}
                  checked={state === 'checked'}
                  indeterminate={state === 'mixed'}
                  onChange={() => {
                    onCheck(item);
                  }}
                  label={text}
                />
              )}
              <span className={styles['size']}>
                {entry.sizeBytes === null ? '' : format.bytes(entry.sizeBytes)}
              </span>
            </div>
          );
        })}
      </div>
    </section>
  );
}
