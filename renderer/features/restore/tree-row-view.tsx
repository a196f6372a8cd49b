/** One row of the tree: a folder, a file, or what is said in the place of rows that are not there. */
import { ChevronRight, File, FileSymlink, FileQuestion, Folder, FolderOpen } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../ui/use-format.ts';
import type { TreeRow } from './archive-tree.ts';
import styles from './archive-tree-view.module.css';
import { CheckMark } from './check-mark.tsx';
import { ROOT_PATH } from './archive-path.ts';
import type { CheckState } from './selection.ts';

const INDENT_PX = 18;
const MAX_INDENTED_LEVELS = 14;
const ariaChecked = { checked: true, unchecked: false, mixed: 'mixed' } as const;

export interface TreeRowViewProps {
  readonly id: string;
  readonly row: TreeRow;
  readonly topPx: number;
  readonly active: boolean;
  /** null: without a box. */
  readonly check: CheckState | null;
  readonly onActivate: () => void;
  readonly onCheck: () => void;
  /** Opens and closes a folder; tries again where loading failed. */
  readonly onToggle: () => void;
}

export function TreeRowView(props: TreeRowViewProps) {
  const { id, row, topPx, active, check, onActivate, onCheck, onToggle } = props;
  const { t } = useTranslation('restore');
  const format = useFormat();
  const indentPx = Math.min(row.level - 1, MAX_INDENTED_LEVELS) * INDENT_PX;
  const place = {
    id,
    role: 'treeitem',
    'aria-level': row.level,
    'data-active': active,
    className: styles['row'],
    style: { top: topPx, paddingInlineStart: 8 + indentPx },
    onMouseDown: onActivate,
  };
  if (row.kind !== 'entry') {
    return (
      <div {...place} aria-selected={false} aria-busy={row.kind === 'loading'}>
        <span className={styles['note']} data-kind={row.kind}>
          {t(`tree.${row.kind}`)}
        </span>
        {row.kind === 'failed' && (
          <button type="button" tabIndex={-1} className={styles['retry']} onClick={onToggle}>
            {t('tree.retry')}
          </button>
        )}
      </div>
    );
  }
  const { entry, expanded } = row;
  const isRoot = entry.path === ROOT_PATH;
  const size = entry.sizeBytes === null ? '' : format.bytes(entry.sizeBytes);
  return (
    <div
      {...place}
      aria-setsize={row.setSize}
      aria-posinset={row.position}
      {...(expanded === null ? {} : { 'aria-expanded': expanded })}
      {...(check === null ? { 'aria-selected': active } : { 'aria-checked': ariaChecked[check] })}
      onDoubleClick={expanded === null ? onCheck : onToggle}
    >
      <span
        aria-hidden="true"
        className={styles['twisty']}
        data-expanded={expanded ?? 'none'}
        onClick={expanded === null ? undefined : onToggle}
        onDoubleClick={stop}
      >
        {expanded !== null && <ChevronRight size={16} />}
      </span>
      {check !== null && (
        <span aria-hidden="true" className={styles['box']} onClick={onCheck} onDoubleClick={stop}>
          <CheckMark state={check} />
        </span>
      )}
      <span aria-hidden="true" className={styles['icon']}>
        <EntryIcon type={entry.type} open={expanded === true} />
      </span>
      <span className={styles['name']} title={entry.name}>
        {entry.name}
        {entry.linkTarget !== null && <span className={styles['link']}> → {entry.linkTarget}</span>}
      </span>
      <span className={styles['size']}>{size}</span>
      <span className={styles['date']}>{isRoot ? '' : format.dateTime(entry.modifiedAt)}</span>
    </div>
  );
}

function EntryIcon({ type, open }: { readonly type: string; readonly open: boolean }) {
  if (type === 'dir') return open ? <FolderOpen size={16} /> : <Folder size={16} />;
  if (type === 'symlink') return <FileSymlink size={16} />;
  return type === 'file' ? <File size={16} /> : <FileQuestion size={16} />;
}

function stop(event: { stopPropagation: () => void }): void {
  event.stopPropagation();
}
