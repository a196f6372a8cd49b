/**
 * What of a snapshot was chosen: two lists of places, included and excluded ones. The nearest of both at or above an entry decides about it;
 * a place in both lists is included. Walking costs nothing more below the last place that is named.
 */
interface Mark {
  included: boolean | null;
  /** It or something below is included. */
  leadsToIncluded: boolean;
  readonly children: Map<string, Mark>;
}

/** One entry on the way down. */
export interface Selected {
  /** False: only the way to something included below. */
  readonly included: boolean;
  /** All in it is included. */
  readonly isWhole: boolean;
  /** null when the child and all in it is left out. */
  child(name: Buffer): Selected | null;
}

export const everything: Selected = { included: true, isWhole: true, child: () => everything };

export function selectionOf(
  included: readonly (readonly Buffer[])[],
  excluded: readonly (readonly Buffer[])[],
): Selected {
  const root = newMark();
  for (const components of excluded) markAt(root, components).included = false;
  for (const components of included) {
    root.leadsToIncluded = true;
    markAt(root, components, true).included = true;
  }
  return selected(root, root.included ?? false);
}

function selected(mark: Mark, included: boolean): Selected {
  return {
    included,
    isWhole: included && mark.children.size === 0,
    child: (name) => {
      const below = mark.children.get(name.toString('latin1'));
      if (below === undefined) return included ? everything : null;
      const isIncluded = below.included ?? included;
      return isIncluded || below.leadsToIncluded ? selected(below, isIncluded) : null;
    },
  };
}

function markAt(root: Mark, components: readonly Buffer[], leadsToIncluded = false): Mark {
  let at = root;
  for (const name of components) {
    const key = name.toString('latin1');
    const next = at.children.get(key) ?? newMark();
    at.children.set(key, next);
    next.leadsToIncluded ||= leadsToIncluded;
    at = next;
  }
  return at;
}

function newMark(): Mark {
  return { included: null, leadsToIncluded: false, children: new Map() };
}
