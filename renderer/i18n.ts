/** Languages of the window. Errors in English are the catalog's own sentences; the other languages translate the same entries. */
import i18next, { type i18n } from 'i18next';
import { initReactI18next } from 'react-i18next';
import { errorCatalog } from '../shared/error-catalog.ts';
import deArchives from './locales/de/archives.json';
import deCommon from './locales/de/common.json';
import deConnect from './locales/de/connect.json';
import deDestination from './locales/de/destination.json';
import deErrors from './locales/de/errors.json';
import deKeys from './locales/de/keys.json';
import dePlaces from './locales/de/places.json';
import deRestore from './locales/de/restore.json';
import deSettings from './locales/de/settings.json';
import deSetup from './locales/de/setup.json';
import deStatus from './locales/de/status.json';
import enArchives from './locales/en/archives.json';
import enCommon from './locales/en/common.json';
import enConnect from './locales/en/connect.json';
import enDestination from './locales/en/destination.json';
import enKeys from './locales/en/keys.json';
import enPlaces from './locales/en/places.json';
import enRestore from './locales/en/restore.json';
import enSettings from './locales/en/settings.json';
import enSetup from './locales/en/setup.json';
import enStatus from './locales/en/status.json';

export const resources = {
  en: {
    common: enCommon,
    setup: enSetup,
    connect: enConnect,
    status: enStatus,
    archives: enArchives,
    keys: enKeys,
    restore: enRestore,
    settings: enSettings,
    places: enPlaces,
    destination: enDestination,
    errors: errorCatalog,
  },
  de: {
    common: deCommon,
    setup: deSetup,
    connect: deConnect,
    status: deStatus,
    archives: deArchives,
    keys: deKeys,
    restore: deRestore,
    settings: deSettings,
    places: dePlaces,
    destination: deDestination,
    errors: deErrors,
  },
} as const;

export function startLanguages(): i18n {
  const instance = i18next.createInstance();
  void instance.use(initReactI18next).init({
    resources,
    lng: 'en',
    fallbackLng: 'en',
    defaultNS: 'common',
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  return instance;
}
