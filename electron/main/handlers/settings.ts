/** Requests about the app as a whole. */
import type { Handlers } from '../ipc-router.ts';
import type { HandlerContext } from './context.ts';

export function settingsHandlers({
  engine,
  model,
  desktop,
}: HandlerContext): Pick<Handlers, 'app:state' | 'settings:update'> {
  return {
    'app:state': () => model.state(),
    'settings:update': async ({ theme, language, bandwidth }) => {
      await model.update((settings) => ({
        ...settings,
        theme: theme ?? settings.theme,
        language: language ?? settings.language,
        bandwidth: bandwidth ?? settings.bandwidth,
      }));
      if (bandwidth !== undefined) await engine.call('bandwidth:limit', bandwidth);
      desktop.applyTheme(model.settings.theme);
      return null;
    },
  };
}
