/** A text as a QR code, black on white in every colour scheme, so that cameras read it. */
import { encodeQR } from 'qr';
import { useMemo } from 'react';

export interface QrCodeProps {
  readonly text: string;
  readonly label: string;
  /** In pixels. */
  readonly size: number;
}

const QUIET_MODULES = 4;

export function QrCode({ text, label, size }: QrCodeProps) {
  const { path, modules } = useMemo(() => {
    const rows = encodeQR(text, 'raw', { ecc: 'medium', border: QUIET_MODULES });
    const squares = rows.flatMap((row, y) =>
      row.flatMap((isDark, x) => (isDark ? [`M${String(x)} ${String(y)}h1v1h-1z`] : [])),
    );
    return { path: squares.join(''), modules: rows.length };
  }, [text]);
  return (
    <figure aria-label={label} style={{ margin: 0 }}>
      <svg
        aria-hidden="true"
        width={size}
        height={size}
        viewBox={`0 0 ${String(modules)} ${String(modules)}`}
        shapeRendering="crispEdges"
      >
        <rect width={modules} height={modules} fill="#fff" />
        <path d={path} fill="#000" />
      </svg>
    </figure>
  );
}
