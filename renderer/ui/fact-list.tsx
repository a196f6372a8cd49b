/** Names and values in two columns, figures under each other. */
import styles from './fact-list.module.css';

export interface FactListProps {
  readonly facts: readonly (readonly [name: string, value: string])[];
}

export function FactList({ facts }: FactListProps) {
  return (
    <dl className={styles['facts']}>
      {facts.map(([name, value]) => (
        <div key={name} className={styles['fact']}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
