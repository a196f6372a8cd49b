/** The recovery kit for the printer: in the page only while it is printed, and seen only there. */
import { useEffect, useRef } from 'react';
import { createPortal } from 'react-dom';
import type { RecoveryKit } from '../../../shared/recovery-kit.ts';
import { QrCode } from '../../ui/qr-code.tsx';
import styles from './kit-print.module.css';

export interface KitPrintProps {
  readonly kit: RecoveryKit;
  /** The system's dialog has been closed. */
  readonly onDone: () => void;
}

const QR_PIXELS = 150;

export function KitPrint({ kit, onDone }: KitPrintProps) {
  const isStarted = useRef(false);
  useEffect(() => {
    window.addEventListener('afterprint', onDone);
    if (!isStarted.current) {
      isStarted.current = true;
      window.print();
    }
    return () => {
      window.removeEventListener('afterprint', onDone);
    };
  }, [onDone]);
  return createPortal(
    <article className={styles['sheet']} lang={kit.language} data-testid="recovery-kit">
      <h1>{kit.title}</h1>
      <p>{kit.what}</p>
      <dl>
        {kit.facts.map(({ label, value }) => (
          <Fact key={label} label={label} value={value} />
        ))}
      </dl>
      <h2>{kit.secretTitle}</h2>
      {kit.secret.kind === 'key' ? (
        <div className={styles['secret']}>
          <div className={styles['groups']}>
            {kit.secret.groups.map((group, index) => (
              <span key={`${String(index)}${group}`}>{group} </span>
            ))}
          </div>
          <QrCode text={kit.secret.key} label={kit.secret.qrHint} size={QR_PIXELS} />
        </div>
      ) : (
        <>
          <p>{kit.secret.hint}</p>
          <div className={styles['line']} />
        </>
      )}
      <div className={styles['warnings']}>
        {kit.warnings.map((warning) => (
          <p key={warning}>{warning}</p>
        ))}
      </div>
      {kit.sections.map(({ title, steps }) => (
        <section key={title}>
          <h2>{title}</h2>
          <ol>
            {steps.map(({ text, command }) => (
              <li key={text}>
                {text}
                {command !== undefined && <code>{command}</code>}
              </li>
            ))}
          </ol>
        </section>
      ))}
    </article>,
    document.body,
  );
}

function Fact({ label, value }: { readonly label: string; readonly value: string }) {
  return (
    <>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </>
  );
}
