/** The fonts of the recovery kit, read from the folder where the build puts them. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KitFonts } from './kit-pdf.ts';

export async function readKitFonts(folder: string): Promise<KitFonts> {
  const [regular, bold, mono] = await Promise.all(
    ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf', 'DejaVuSansMono.ttf'].map((name) =>
      readFile(join(folder, name)),
    ),
  );
  if (regular === undefined || bold === undefined || mono === undefined) {
    throw new TypeError('three fonts');
  }
  return { regular, bold, mono };
}
