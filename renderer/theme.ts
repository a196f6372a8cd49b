/** One accent colour, the system's fonts, figures of equal width. Light and dark follow the system, or the setting through it. */
import {
  createTheme,
  Modal,
  type MantineColorSchemeManager,
  type MantineColorsTuple,
} from '@mantine/core';

/** White text on shades 7 to 9 has a contrast of at least 4.5. */
const teal: MantineColorsTuple = [
  '#ecf6f4',
  '#d7eae7',
  '#abd5cf',
  '#7dc1b8',
  '#56aea3',
  '#3aa093',
  '#288c80',
  '#1c756b',
  '#18635b',
  '#12504a',
];

/** For what cannot be taken back, and nothing else. */
const red: MantineColorsTuple = [
  '#fdefee',
  '#f8dcda',
  '#efb5b1',
  '#e88b86',
  '#e06963',
  '#d64f49',
  '#c93f3a',
  '#b8322e',
  '#9e2926',
  '#80201e',
];

/** Cool greys: 7 is the ground of the window, 6 that of cards and fields, 4 their border. */
const dark: MantineColorsTuple = [
  '#e4e7e9',
  '#bcc4c9',
  '#a6afb6',
  '#7d878f',
  '#3d454a',
  '#32383c',
  '#24292c',
  '#1a1d1f',
  '#151819',
  '#101213',
];

const systemFont =
  "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif";

export const theme = createTheme({
  primaryColor: 'teal',
  primaryShade: { light: 7, dark: 7 },
  colors: { teal, red, dark },
  fontFamily: systemFont,
  fontFamilyMonospace: "ui-monospace, 'Cascadia Mono', Menlo, 'DejaVu Sans Mono', monospace",
  headings: {
    fontFamily: systemFont,
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '1.625rem', lineHeight: '1.25' },
      h2: { fontSize: '1.125rem', lineHeight: '1.4' },
    },
  },
  defaultRadius: 'md',
  respectReducedMotion: true,
  focusRing: 'auto',
  cursorType: 'pointer',
  components: {
    Modal: Modal.extend({
      defaultProps: {
        // Every dialog has a button that leaves things as they are, and Escape does the same.
        withCloseButton: false,
        // Locking the page's scroll would add a style tag that its policy forbids; there is nothing to scroll behind a dialog.
        lockScroll: false,
      },
    }),
  },
});

/** The scheme is the system's business (the setting changes what the system reports), so nothing is remembered here. */
export const colorSchemeManager: MantineColorSchemeManager = {
  get: () => 'auto',
  set: () => undefined,
  subscribe: () => undefined,
  unsubscribe: () => undefined,
  clear: () => undefined,
};
