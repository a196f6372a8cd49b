/** Requests about the app as a whole. */
import type { Handlers } from '../ipc-router.ts';
import type { HandlerContext } from './context.ts';

export function settingsHandlers({
  model,
  desktop,
}: HandlerContext): Pick<Handlers, 'app:state' | 'settings:update'> {
  return {
    'app:state': () => model.state(),
    'settings:update': async ({ theme, language }) => {
      await model.update((settings) => ({
        ...settings,
        theme: theme ?? settings.theme,
        language: language ?? settings.language,
      }));
      desktop.applyTheme(model.settings.theme);
      return null;
    },
  };
}
