/** The nodes of one folder as text while some of them are still missing. */
import type { FilledHole, Hole } from './worker-messages.ts';

export type NewHole = Hole extends infer H ? (H extends Hole ? Omit<H, 'at'> : never) : never;

/** Nodes of a tree, each behind a comma; holes know their place in the text. */
export class TreeText {
  readonly holes: Hole[] = [];
  readonly #nodes: string[] = [];
  #length = 0;

  add(node: string | null): void {
    if (node === null) return;
    this.#nodes.push(',', node);
    this.#length += 1 + node.length;
  }

  addHole(hole: NewHole): void {
    this.holes.push({ ...hole, at: this.#length });
  }

  nodes(): string {
    return this.#nodes.join('');
  }
}

/** The text with what belongs into its holes. */
export function withHoles(text: string, holes: readonly FilledHole[]): string {
  let whole = '';
  let from = 0;
  for (const { at, node } of holes) {
    whole += text.slice(from, at);
    if (node !== null) whole += `,${node}`;
    from = at;
  }
  return whole + text.slice(from);
}
