/** Step "What": the tree with its boxes, a search in the folders that are open, and one sentence about what is chosen. */
import { useMemo, useState, useSyncExternalStore } from 'react';
import { Anchor, CloseButton, Text, TextInput } from '@mantine/core';
import { Search } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { ErrorNotice } from '../../ui/error-notice.tsx';
import { ArchiveTreeView } from './archive-tree-view.tsx';
import type { ArchiveTree } from './archive-tree.ts';
import { ChoiceSummary } from './choice-summary.tsx';
import { SearchResults } from './search-results.tsx';
import { SearchStatus } from './search-status.tsx';
import {
  nextChecked,
  nothingSelected,
  setChecked,
  viewSelection,
  type Selection,
} from './selection.ts';
import { useTreeSearch } from './use-tree-search.ts';

export interface WhatStepProps {
  readonly tree: ArchiveTree;
  readonly label: string;
  readonly selection: Selection;
  readonly onSelect: (selection: Selection) => void;
}

export function WhatStep({ tree, label, selection, onSelect }: WhatStepProps) {
  const { t } = useTranslation('restore');
  const [text, setText] = useState('');
  const search = useTreeSearch(tree, text);
  // How many entries a folder has is known once it is open, and then boxes may look different.
  const version = useSyncExternalStore(tree.subscribe, tree.version);
  const checks = useMemo(
    () => viewSelection(selection, tree.countEntries),
    // oxlint-disable-next-line react/exhaustive-deps
    [selection, tree, version],
  );
  function check(entry: { readonly path: string; readonly name: string }): void {
    const checked = nextChecked(checks.stateOf(entry.path));
    onSelect(setChecked(selection, entry, checked, tree.countEntries, tree.nameOf));
  }
  return (
    <>
      <TextInput
        aria-label={t('filter.label')}
        placeholder={t('filter.placeholder')}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Escape') setText('');
          // In a form this key would go on to the next step.
          if (event.key === 'Enter') event.preventDefault();
        }}
        leftSection={<Search size={16} aria-hidden="true" />}
        rightSection={
          text === '' ? null : (
            <CloseButton
              size="sm"
              aria-label={t('filter.clear')}
              onClick={() => {
                setText('');
              }}
            />
          )
        }
      />
      {search.error !== null && <ErrorNotice error={search.error} />}
      {search.state === null ? (
        <ArchiveTreeView
          tree={tree}
          label={label}
          checks={checks}
          onCheck={({ entry }) => {
            check(entry);
          }}
        />
      ) : (
        <>
          <SearchStatus state={search.state} />
          <SearchResults
            found={search.state.found}
            checks={checks}
            onCheck={({ entry }) => {
              check(entry);
            }}
          />
        </>
      )}
      <Text component="output" display="block" size="sm">
        <ChoiceSummary selection={selection} />{' '}
        {selection.size > 0 && (
          <Anchor
            component="button"
            type="button"
            size="sm"
            onClick={() => {
              onSelect(nothingSelected);
            }}
          >
            {t('what.clear')}
          </Anchor>
        )}
      </Text>
    </>
  );
}
