// Draws build/icon.svg in the sizes that Linux, macOS and Windows want. Run by hand after the drawing changes.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright';
import { projectRoot } from './setup.mjs';

const build = join(projectRoot, 'build');
const svg = readFileSync(join(build, 'icon.svg'), 'utf8');

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking'],
});

async function draw(size: number): Promise<Buffer> {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  await page.setContent(
    `<style>body{margin:0}svg{display:block;width:${String(size)}px}</style>${svg}`,
  );
  const png = await page.screenshot({ omitBackground: true });
  await page.close();
  return png;
}

/** Apple's container: `icns`, then entries of a four-letter type, a length and a PNG. */
function icns(images: readonly (readonly [type: string, png: Buffer])[]): Buffer {
  const entries = images.map(([type, png]) => {
    const header = Buffer.alloc(8, type, 'latin1');
    header.writeUInt32BE(png.length + 8, 4);
    return Buffer.concat([header, png]);
  });
  const header = Buffer.alloc(8, 'icns', 'latin1');
  header.writeUInt32BE(8 + entries.reduce((sum, entry) => sum + entry.length, 0), 4);
  return Buffer.concat([header, ...entries]);
}

/** Windows' container with one 256-pixel PNG. */
function ico(png: Buffer): Buffer {
  const header = Buffer.alloc(22);
  header.writeUInt16LE(1, 2);
  header.writeUInt16LE(1, 4);
  header.writeUInt16LE(1, 10);
  header.writeUInt16LE(32, 12);
  header.writeUInt32LE(png.length, 14);
  header.writeUInt32LE(header.length, 18);
  return Buffer.concat([header, png]);
}

const large = await draw(512);
const medium = await draw(256);
writeFileSync(join(build, 'icon.png'), large);
writeFileSync(
  join(build, 'icon.icns'),
  icns([
    ['ic07', await draw(128)],
    ['ic08', medium],
    ['ic09', large],
    ['ic10', await draw(1024)],
  ]),
);
writeFileSync(join(build, 'icon.ico'), ico(medium));
await browser.close();
