/** A text as a QR code: one path of dark squares on white in both themes, because scanners want it so. */
import { useEffect, useState } from 'preact/hooks';
import { t } from '../../lib/ui/text';
import css from './invites.module.css';

const QUIET_MODULES = 4;

interface Drawing {
  readonly size: number;
  readonly path: string;
}

/** Loaded when first needed: most openings of the popup show no code. */
async function drawQr(text: string): Promise<Drawing> {
  const { create } = await import('qrcode');
  const { modules } = create(text, { errorCorrectionLevel: 'M' });
  let path = '';
  for (let row = 0; row < modules.size; row += 1)
    for (let column = 0; column < modules.size; column += 1)
      if (modules.get(row, column)) path += `M${column + QUIET_MODULES} ${row + QUIET_MODULES}h1v1h-1z`;
  return { size: modules.size + 2 * QUIET_MODULES, path };
}

export function QrCode({ text }: { text: string }) {
  const [drawing, setDrawing] = useState<Drawing | null>(null);
  useEffect(() => {
    let isWanted = true;
    void drawQr(text).then((drawn) => {
      if (isWanted) setDrawing(drawn);
    });
    return () => {
      isWanted = false;
    };
  }, [text]);
  if (!drawing) return <div class={css.qr} />;
  return (
    <svg class={css.qr} viewBox={`0 0 ${drawing.size} ${drawing.size}`} role="img" aria-label={t('invite_qr')} shape-rendering="crispEdges">
      <path class={css.qrInk} d={drawing.path} />
    </svg>
  );
}
