/** What plans begin with. Apart from the schemas, so that the engine's threads need not load what checks them. */
import type { ExclusionOptions, FolderTag } from './exclusions.ts';

export const noExclusionOptions: ExclusionOptions = {
  presets: [],
  tags: [],
  largerThanBytes: null,
  oneFileSystem: false,
};

/** What a new plan of the window begins with: nothing that could not be made again, or that was not thrown away. */
export const usualExclusionOptions: ExclusionOptions = {
  ...noExclusionOptions,
  presets: ['caches', 'trash'],
};

/** Source: https://bford.info/cachedir/, "Cache Directory Tagging Specification". */
export const cacheDirectoryTag: FolderTag = {
  name: 'CACHEDIR.TAG',
  header: 'Signature: 8a477f597d28d172789f06886806bc55',
};
