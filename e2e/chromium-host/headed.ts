/** Is there a window to see? `HOLDFAST_HEADED=1` asks for one; without a display it cannot be had. */
const isAsked = process.env['HOLDFAST_HEADED'] === '1';
const hasDisplay = Boolean(process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY']);

export const isHeaded = isAsked && hasDisplay;

export function sayIfNoDisplay(): void {
  if (!isAsked || hasDisplay) return;
  process.stderr.write('Chromium host: there is no display, so the window is not shown.\n');
}
