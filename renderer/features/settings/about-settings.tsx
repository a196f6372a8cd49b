/** What this is and what it runs on, said plainly: also when it is a stand-in. */
import { useTranslation } from 'react-i18next';
import type { AppState } from '../../../shared/ipc/contract.ts';
import { FactList } from '../../ui/fact-list.tsx';

export function AboutSettings({ state }: { readonly state: AppState }) {
  const { t } = useTranslation('settings');
  const { googleRedirectedTo } = state.storages;
  return (
    <FactList
      facts={[
        [t('about.title'), t('about.version', { version: state.version })],
        [t('about.runtime'), t(`about.runtimes.${state.runtime}`)],
        [t('about.computer'), state.computerName],
        [t('about.keychain'), t(`about.keychains.${state.keychain}`)],
        [t('about.format'), t('about.formatText')],
        ...(googleRedirectedTo === null
          ? []
          : [[t('about.google'), t('about.googleText', { address: googleRedirectedTo })] as const]),
      ]}
    />
  );
}
