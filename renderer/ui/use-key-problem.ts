/** What is wrong with a typed key, as a sentence that names the group. */
import { useTranslation } from 'react-i18next';
import type { KeyProblem } from '../../shared/recovery-key.ts';

export function useKeyProblem(): (problem: KeyProblem) => string {
  const { t } = useTranslation();
  return (problem) => t(`keyProblem.${problem.kind}`, { ...problem });
}
