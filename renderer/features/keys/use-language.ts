import { useTranslation } from 'react-i18next';

/** The window's language, for what is written into entries and on the kit. */
export function useKitLanguage(): 'en' | 'de' {
  const { i18n } = useTranslation();
  return i18n.language === 'de' ? 'de' : 'en';
}
