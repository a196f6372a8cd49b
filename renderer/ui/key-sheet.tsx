/** A key, four times four groups. */
import { useTranslation } from 'react-i18next';
import { groupsOf } from '../../shared/recovery-key.ts';
import styles from './key-sheet.module.css';
import { SecretScreen } from './secret-screen.tsx';

export function KeySheet({ digits }: { readonly digits: string }) {
  const { t } = useTranslation('keys');
  return (
    <SecretScreen>
      <ol className={styles['key']} aria-label={t('sheet.key')}>
        {groupsOf(digits).map((group, index) => (
          <li key={`${String(index)}${group}`}>
            <span className={styles['number']} aria-hidden="true">
              {index + 1}
            </span>
            <code>{group}</code>
          </li>
        ))}
      </ol>
    </SecretScreen>
  );
}
