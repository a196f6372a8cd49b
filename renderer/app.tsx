/** The window: the first screen while there is nothing, then navigation and pages. Which page is shown is the only state here. */
import { Center, Loader } from '@mantine/core';
import { Archive, KeyRound, Settings, ShieldCheck } from 'lucide-react';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useAppData } from './api/app-data.ts';
import styles from './app.module.css';
import { Page } from './page.tsx';
import { WelcomePage } from './features/welcome/welcome-page.tsx';
import { WizardPage } from './wizard-page.tsx';
import { languageFor } from '../shared/language.ts';
import { BrandMark } from './ui/brand-mark.tsx';
import { ErrorNotice } from './ui/error-notice.tsx';
import { isUnder, isWizard, type View } from './view.ts';

const navigation = [
  { page: 'status', Icon: ShieldCheck },
  { page: 'archives', Icon: Archive },
  { page: 'keys', Icon: KeyRound },
  { page: 'settings', Icon: Settings },
] as const;

export function App() {
  const { state, jobs, error, again } = useAppData();
  const { i18n, t } = useTranslation();
  const [view, setView] = useState<View>({ page: 'status' });
  const language = state === null ? null : languageFor(state.language, state.systemLanguage);
  useEffect(() => {
    if (language === null) return;
    void i18n.changeLanguage(language);
    document.documentElement.lang = language;
  }, [i18n, language]);
  if (state === null) {
    return error === null ? (
      <Center h="100%">
        <Loader aria-label={t('loading')} />
      </Center>
    ) : (
      <main className={styles['single']}>
        <div className={styles['column']}>
          <ErrorNotice error={error} onAction={again} actionLabel={t('actions.retry')} />
        </div>
      </main>
    );
  }
  const isFresh = state.plans.length === 0 && state.destinations.length === 0;
  if (isWizard(view) || isFresh) {
    return (
      <main className={styles['single']}>
        <div className={styles['column']}>
          {isWizard(view) ? (
            <WizardPage view={view} state={state} go={setView} />
          ) : (
            <WelcomePage state={state} go={setView} />
          )}
        </div>
      </main>
    );
  }
  return (
    <div className={styles['shell']}>
      <nav className={styles['nav']} aria-label={t('nav.label')}>
        <span className={styles['brand']}>
          <BrandMark className={styles['mark']} />
          Holdfast
        </span>
        {navigation.map(({ page, Icon }) => (
          <button
            key={page}
            type="button"
            className={styles['navItem']}
            aria-current={isUnder(view, page) ? 'page' : undefined}
            onClick={() => {
              setView({ page });
            }}
          >
            <Icon size={18} aria-hidden="true" />
            {t(`nav.${page}`)}
          </button>
        ))}
        {state.runtime === 'chromium-host' && (
          <span className={styles['host']}>{t('nav.host')}</span>
        )}
      </nav>
      <MainArea key={view.page}>
        <Page view={view} state={state} jobs={jobs} go={setView} />
      </MainArea>
    </div>
  );
}

/** Of one page: it begins at its top. */
function MainArea({ children }: { readonly children: ReactNode }) {
  const place = useRef<HTMLElement>(null);
  useEffect(() => {
    // What led here may be gone, and the focus with it; the keyboard goes on at the heading then.
    const heading = place.current?.querySelector('h1');
    if (document.activeElement !== document.body || !heading) return;
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  }, []);
  return (
    <main ref={place} className={styles['main']}>
      {children}
    </main>
  );
}
