/** Figures, sizes and times in the window's language. Sizes are decimal (1 MB = 1,000,000 bytes), as disks are sold. */
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';

const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte'] as const;

export function makeFormat(language: string) {
  const count = new Intl.NumberFormat(language);
  return {
    bytes(bytes: number): string {
      const power = bytes < 1000 ? 0 : Math.floor(Math.log10(bytes) / 3);
      const at = Math.min(power, units.length - 1);
      const value = bytes / 1000 ** at;
      return new Intl.NumberFormat(language, {
        style: 'unit',
        unit: units[at] ?? 'byte',
        unitDisplay: at === 0 ? 'long' : 'short',
        maximumFractionDigits: at > 0 && value < 10 ? 1 : 0,
      }).format(value);
    },
    count: (value: number): string => count.format(value),
    dateTime: (text: string): string =>
      new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(
        new Date(text),
      ),
    time: (text: string): string =>
      new Intl.DateTimeFormat(language, { timeStyle: 'short' }).format(new Date(text)),
    weekday: (date: Date): string =>
      new Intl.DateTimeFormat(language, { weekday: 'long' }).format(date),
    day: (date: Date, withYear: boolean): string =>
      new Intl.DateTimeFormat(language, {
        day: 'numeric',
        month: 'long',
        ...(withYear ? { year: 'numeric' } : {}),
      }).format(date),
    duration(ms: number): string {
      const seconds = Math.round(ms / 1000);
      const [value, unit] =
        seconds < 90
          ? [seconds, 'second']
          : seconds < 5400
            ? [seconds / 60, 'minute']
            : [seconds / 3600, 'hour'];
      return new Intl.NumberFormat(language, {
        style: 'unit',
        unit,
        unitDisplay: 'short',
        maximumFractionDigits: unit === 'hour' ? 1 : 0,
      }).format(value);
    },
  };
}

export type Format = ReturnType<typeof makeFormat>;

export function useFormat(): Format {
  const { i18n } = useTranslation();
  return useMemo(() => makeFormat(i18n.language), [i18n.language]);
}
