/**
 * The recovery kit as a PDF: A4, text that can be selected, the key as groups and as a QR code. The file says nothing about the person or
 * the computer beyond what is on the page: no author, no dates.
 */
import PDFDocument from 'pdfkit';
import { encodeQR } from 'qr';
import type { RecoveryKit } from '../../../shared/recovery-kit.ts';

/** TrueType files. Embedded, so that every name can be printed, not just Latin ones. */
export interface KitFonts {
  readonly regular: Buffer;
  readonly bold: Buffer;
  readonly mono: Buffer;
}

type Pdf = InstanceType<typeof PDFDocument>;

const POINTS_A_MM = 72 / 25.4;
const MARGIN = 18 * POINTS_A_MM;
const INK = '#111111';
const QUIET = '#555555';
const LINE = '#999999';
const GROUPS_A_ROW = 4;
const GROUP_SIZE = 16;
/** From one group to the next. */
const GROUP_STEP = 80;
const NUMBER_SIZE = 7.5;
const NUMBER_WIDTH = 16;
const QR_SIZE = 40 * POINTS_A_MM;
const LABEL_WIDTH = 32 * POINTS_A_MM;

export async function kitToPdf(kit: RecoveryKit, fonts: KitFonts): Promise<Buffer> {
  const pdf = new PDFDocument({
    size: 'A4',
    margin: MARGIN,
    lang: kit.language,
    displayTitle: true,
    // Without this pdfkit looks for Helvetica's metrics beside itself.
    font: fonts.regular as unknown as string,
    // pdfkit insists on a date and puts its own name otherwise.
    info: {
      Title: kit.title,
      Producer: 'Holdfast',
      Creator: 'Holdfast',
      CreationDate: new Date(0),
    },
  });
  pdf.registerFont('regular', fonts.regular);
  pdf.registerFont('bold', fonts.bold);
  pdf.registerFont('mono', fonts.mono);
  const chunks: Buffer[] = [];
  const done = new Promise<Buffer>((resolve, reject) => {
    pdf.on('data', (chunk: Buffer) => chunks.push(chunk));
    pdf.on('end', () => resolve(Buffer.concat(chunks)));
    pdf.on('error', reject);
  });
  layOut(pdf, kit);
  pdf.end();
  const bytes = await done;
  for (const chunk of chunks) chunk.fill(0);
  return bytes;
}

function layOut(pdf: Pdf, kit: RecoveryKit): void {
  pdf.font('bold').fontSize(20).fillColor(INK).text(kit.title);
  pdf.moveDown(0.4).font('regular').fontSize(10).text(kit.what, { lineGap: 2 });
  pdf.moveDown(0.8);
  for (const { label, value } of kit.facts) fact(pdf, label, value);
  sectionTitle(pdf, kit.secretTitle);
  if (kit.secret.kind === 'key') key(pdf, kit.secret);
  else blankLine(pdf, kit.secret.hint);
  pdf.moveDown(0.5);
  for (const warning of kit.warnings) {
    pdf.font('bold').fontSize(9.5).fillColor(INK).text(warning, MARGIN, pdf.y, { lineGap: 1.5 });
  }
  for (const { title, steps } of kit.sections) {
    sectionTitle(pdf, title);
    steps.forEach(({ text, command }, index) => {
      pdf.font('regular').fontSize(10).fillColor(INK);
      pdf.text(`${String(index + 1)}.  ${text}`, MARGIN, pdf.y, { lineGap: 1.5 });
      if (command !== undefined) {
        pdf
          .font('mono')
          .fontSize(8.5)
          .text(command, MARGIN + 16, pdf.y, { lineGap: 1.5 });
      }
      pdf.moveDown(0.25);
    });
  }
}

function sectionTitle(pdf: Pdf, title: string): void {
  pdf.moveDown(0.9).font('bold').fontSize(12.5).fillColor(INK).text(title, MARGIN, pdf.y);
  pdf.moveDown(0.35);
}

function fact(pdf: Pdf, label: string, value: string): void {
  const top = pdf.y;
  pdf
    .font('regular')
    .fontSize(9.5)
    .fillColor(QUIET)
    .text(label, MARGIN, top, { width: LABEL_WIDTH });
  const afterLabel = pdf.y;
  pdf.font('bold').fillColor(INK);
  pdf.text(value, MARGIN + LABEL_WIDTH, top, { width: contentWidth(pdf) - LABEL_WIDTH });
  pdf.y = Math.max(pdf.y, afterLabel) + 2;
}

function key(pdf: Pdf, { groups, key: digits, qrHint }: KeyOnKit): void {
  const top = pdf.y;
  const rowHeight = QR_SIZE / (groups.length / GROUPS_A_ROW);
  groups.forEach((group, index) => {
    const x = MARGIN + (index % GROUPS_A_ROW) * GROUP_STEP;
    const y = top + Math.floor(index / GROUPS_A_ROW) * rowHeight + 4;
    pdf.font('mono').fontSize(GROUP_SIZE).fillColor(INK);
    pdf.text(group, x + NUMBER_WIDTH, y, { lineBreak: false });
    groupNumber(pdf, String(index + 1), x + NUMBER_WIDTH - 5, y);
  });
  const left = pdf.page.width - MARGIN - QR_SIZE;
  drawQr(pdf, digits, left, top);
  pdf.font('regular').fontSize(8).fillColor(QUIET);
  pdf.text(qrHint, left, top + QR_SIZE + 3, { width: QR_SIZE, align: 'center' });
  pdf.x = MARGIN;
}

/** What pdfkit knows of the font in use. Its types leave it out. */
interface WithFont {
  readonly _font: {
    readonly font: {
      readonly unitsPerEm: number;
      readonly ascent: number;
      layout(text: string): {
        readonly advanceWidth: number;
        readonly glyphs: readonly {
          readonly advanceWidth: number;
          readonly path: { toSVG(): string };
        }[];
      };
    };
  };
}

/**
 * Ends at `right`, on the line of a group that stands at `top`. Drawn, and not written: who selects the key in the PDF copies the key, and no
 * numbers between its groups.
 */
function groupNumber(pdf: Pdf, number: string, right: number, top: number): void {
  const mono = outlines(pdf);
  const baseline = top + (mono.ascent / mono.unitsPerEm) * GROUP_SIZE;
  pdf.font('regular');
  const font = outlines(pdf);
  const scale = NUMBER_SIZE / font.unitsPerEm;
  const { glyphs, advanceWidth } = font.layout(number);
  pdf.save();
  // Outlines of a font count upwards.
  pdf.translate(right - advanceWidth * scale, baseline).scale(scale, -scale);
  for (const glyph of glyphs) {
    pdf.path(glyph.path.toSVG()).fill(QUIET);
    pdf.translate(glyph.advanceWidth, 0);
  }
  pdf.restore();
}

function outlines(pdf: Pdf): WithFont['_font']['font'] {
  // oxlint-disable-next-line no-underscore-dangle -- pdfkit's name for it
  return (pdf as unknown as WithFont)._font.font;
}

type KeyOnKit = Extract<RecoveryKit['secret'], { readonly kind: 'key' }>;

function drawQr(pdf: Pdf, digits: string, left: number, top: number): void {
  // The sheet around it is white: the least border will do.
  const rows = encodeQR(digits, 'raw', { ecc: 'medium', border: 1 });
  const module = QR_SIZE / rows.length;
  rows.forEach((row, y) => {
    row.forEach((isDark, x) => {
      if (isDark) pdf.rect(left + x * module, top + y * module, module, module);
    });
  });
  // One path for all, so that no hair lines show between the squares.
  pdf.fillColor('#000000').fill();
}

function blankLine(pdf: Pdf, hint: string): void {
  pdf.font('regular').fontSize(10).fillColor(INK).text(hint, MARGIN, pdf.y);
  const y = pdf.y + 12 * POINTS_A_MM;
  pdf
    .moveTo(MARGIN, y)
    .lineTo(pdf.page.width - MARGIN, y)
    .lineWidth(0.7)
    .strokeColor(LINE)
    .stroke();
  pdf.y = y + 8;
}

function contentWidth(pdf: Pdf): number {
  return pdf.page.width - 2 * MARGIN;
}
