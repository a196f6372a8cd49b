/** The tree of an archive on screen: only the rows in view exist. With check boxes when `checks` is given, else to look at. */
import {
  useCallback,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
  useSyncExternalStore,
  type KeyboardEvent,
} from 'react';
import {
  defaultRangeExtractor,
  observeElementOffset,
  useVirtualizer,
} from '@tanstack/react-virtual';
import type { ArchiveTree, RowKey, TreeRow } from './archive-tree.ts';
import styles from './archive-tree-view.module.css';
import type { SelectionView } from './selection.ts';
import { treeAction } from './tree-keys.ts';
import { TreeRowView } from './tree-row-view.tsx';
import { placeToShow, ROW_PX, treeScroll } from './tree-scroll.ts';
import { nameStartsWith } from './tree-search.ts';

const OVERSCAN_ROWS = 8;
const TYPE_AHEAD_MS = 700;

export interface ArchiveTreeViewProps {
  readonly tree: ArchiveTree;
  readonly label: string;
  readonly checks: SelectionView | null;
  readonly onCheck?: (row: TreeRow & { kind: 'entry' }) => void;
}

export function ArchiveTreeView({ tree, label, checks, onCheck }: ArchiveTreeViewProps) {
  useSyncExternalStore(tree.subscribe, tree.version);
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState<RowKey>({ folder: null, index: 0 });
  const [viewportPx, setViewportPx] = useState(400);
  const [scrollTop, setScrollTop] = useState(0);
  const idPrefix = useId();
  const typed = useRef({ text: '', atMs: 0 });

  const { rowCount } = tree;
  const scroll = treeScroll(rowCount, viewportPx);
  const activeRow = tree.indexOf(active) ?? 0;
  const scrollRef = useRef(scroll);
  useLayoutEffect(() => {
    scrollRef.current = scroll;
  });

  // The React compiler, which could not deal with it, is not used.
  // oxlint-disable-next-line react/incompatible-library
  const virtualizer = useVirtualizer<HTMLDivElement, HTMLDivElement>({
    count: rowCount,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: OVERSCAN_ROWS,
    observeElementOffset: (instance, report) =>
      observeElementOffset(instance, (offset, isScrolling) => {
        // Only then do rows move against each other while they are scrolled.
        if (scrollRef.current.isScaled) setScrollTop(offset);
        report(scrollRef.current.toListPx(offset), isScrolling);
      }),
    // Rows are shown by `show`, which knows the scale.
    scrollToFn: () => undefined,
    // The row that assistive technology is told about must exist even when it is scrolled away.
    rangeExtractor: (range) => {
      const rows = defaultRangeExtractor(range);
      if (activeRow < (rows[0] ?? 0)) return [activeRow, ...rows];
      return activeRow > (rows.at(-1) ?? 0) && activeRow < rowCount ? [...rows, activeRow] : rows;
    },
  });
  const items = virtualizer.getVirtualItems();
  const range = virtualizer.range;
  const [firstRow, lastRow] = [range?.startIndex ?? 0, range?.endIndex ?? 0];

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => {
      setViewportPx(element.clientHeight);
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, []);
  useEffect(() => {
    tree.want(firstRow - OVERSCAN_ROWS, lastRow + OVERSCAN_ROWS);
  }, [tree, firstRow, lastRow, rowCount]);

  const show = useCallback(
    (rowIndex: number) => {
      const element = scroller.current;
      if (element === null) return;
      const now = treeScroll(tree.rowCount, element.clientHeight);
      const at = now.toListPx(element.scrollTop);
      const place = placeToShow(rowIndex, at, element.clientHeight);
      if (place !== null) element.scrollTop = now.toScrollTop(place);
    },
    [tree],
  );

  function moveTo(rowIndex: number): void {
    const row = tree.rowAt(rowIndex);
    if (row === null) return;
    setActive(row.key);
    show(rowIndex);
  }

  function check(row: TreeRow): void {
    if (row.kind === 'entry') onCheck?.(row);
  }

  function findTyped(letter: string): void {
    const now = performance.now();
    const { text, atMs } = typed.current;
    const goesOn = now - atMs < TYPE_AHEAD_MS && text !== '';
    // The same letter again and again walks through the names that begin with it.
    const again = goesOn && text.replaceAll(letter, '') === '';
    const wanted = goesOn && !again ? text + letter : letter;
    typed.current = { text: goesOn ? text + letter : letter, atMs: now };
    const from = goesOn && !again ? activeRow - 1 : activeRow;
    const key = tree.findByName(wanted, (from + rowCount) % rowCount, nameStartsWith);
    const found = key === null ? null : tree.indexOf(key);
    if (found !== null) moveTo(found);
  }

  /** A space belongs to a name only when a name goes on with it; else it checks the box. */
  function isTyping(letter: string): boolean {
    const { text, atMs } = typed.current;
    if (text === '' || performance.now() - atMs >= TYPE_AHEAD_MS) return false;
    return tree.findByName(text + letter, activeRow, nameStartsWith) !== null;
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const pageRows = Math.max(1, Math.floor(viewportPx / ROW_PX) - 1);
    const action =
      event.key === ' ' && isTyping(' ')
        ? ({ kind: 'type', text: ' ' } as const)
        : treeAction(event.key, activeRow, tree, pageRows);
    if (action === null) return;
    event.preventDefault();
    if (action.kind === 'move') moveTo(action.to);
    else if (action.kind === 'type') findTyped(action.text);
    else if (action.kind === 'check') check(action.row);
    else tree[action.kind](action.row);
  }

  // Rows are placed against where the scroll bar stands; with more rows than a page is high both differ.
  const shiftPx = scroll.isScaled ? scrollTop - scroll.toListPx(scrollTop) : 0;
  return (
    <div
      ref={scroller}
      role="tree"
      tabIndex={0}
      aria-label={label}
      aria-activedescendant={`${idPrefix}${activeRow}`}
      className={styles['tree']}
      onKeyDown={onKeyDown}
    >
      <div role="presentation" className={styles['content']} style={{ height: scroll.contentPx }}>
        {items.map(({ index, start }) => {
          const row = tree.rowAt(index);
          if (row === null) return null;
          return (
            <TreeRowView
              key={`${row.key.index} ${row.key.folder ?? ''}`}
              id={`${idPrefix}${index}`}
              row={row}
              topPx={start + shiftPx}
              active={index === activeRow}
              check={row.kind === 'entry' ? (checks?.stateOf(row.entry.path) ?? null) : null}
              onActivate={() => {
                setActive(row.key);
              }}
              onCheck={() => {
                check(row);
              }}
              onToggle={() => {
                if (row.kind !== 'entry') tree.retry(row);
                else if (row.expanded === true) tree.close(row);
                else tree.open(row);
              }}
            />
          );
        })}
      </div>
    </div>
  );
}
