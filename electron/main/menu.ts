/** The application menu: what the system expects, so that copying, pasting and zooming work by keyboard. */
import type { MenuItemConstructorOptions } from 'electron';
import type { Language } from '../../shared/language.ts';
import { nativeTexts } from './native-texts.ts';

export function menuTemplate(
  platform: NodeJS.Platform,
  language: Language,
): MenuItemConstructorOptions[] {
  const application: MenuItemConstructorOptions[] =
    platform === 'darwin' ? [{ role: 'appMenu' }] : [{ role: 'fileMenu' }];
  return [
    ...application,
    { role: 'editMenu' },
    {
      label: nativeTexts(language).view,
      submenu: [
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { role: 'togglefullscreen' },
      ],
    },
    { role: 'windowMenu' },
  ];
}
