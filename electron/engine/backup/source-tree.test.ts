import { describe, expect, it } from 'vitest';
import { cleanSources, sourceTree, type SourceLevel } from './source-tree.ts';

function draw(level: SourceLevel): unknown {
  const name = `${level.name.toString()}${level.isSource ? '!' : ''}`;
  return level.children.length === 0 ? name : { [name]: level.children.map(draw) };
}

describe.runIf(process.platform !== 'win32')('source tree', () => {
  it('has one level a component', () => {
    expect(draw(sourceTree(['/home/u/docs']))).toEqual({ '': [{ home: [{ u: ['docs!'] }] }] });
  });

  it('joins what the sources share, sorted by bytes, and knows where each level is', () => {
    const tree = sourceTree(['/b/y', '/a', '/b/Z']);
    expect(draw(tree)).toEqual({ '': ['a!', { b: ['Z!', 'y!'] }] });
    expect(tree.children[1]?.children[0]?.path?.toString()).toBe('/b/Z');
    expect(tree.path?.toString()).toBe('/');
  });

  it('merges a source that is inside another', () => {
    expect(draw(sourceTree(['/a/b/c', '/a', '/ab']))).toEqual({ '': ['a!', 'ab!'] });
    expect(draw(sourceTree(['/', '/a']))).toBe('!');
  });

  it('cleans the paths and keeps their order', () => {
    expect(cleanSources(['/b/', '/a/../c', '/b', '//d'])).toEqual(['/b', '/c', '/d']);
  });
});
