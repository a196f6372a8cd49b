/** The languages that there are texts in. */
export type Language = 'en' | 'de';

/** The one to use: the chosen one, or the system's (BCP 47) where there is a translation. */
export function languageFor(setting: 'system' | Language, systemLanguage: string): Language {
  if (setting !== 'system') return setting;
  return systemLanguage.toLowerCase().startsWith('de') ? 'de' : 'en';
}
