/**
 * Chromium gives a page less than the window's size; the app and the screenshots count on the size that was asked for. So the window grows by
 * what is around the page.
 */
import type { CdpSession } from './cdp.ts';
import type { Chromium, PageTarget } from './chromium.ts';

export interface PageSize {
  readonly width: number;
  readonly height: number;
}

export async function setPageArea(
  chromium: Chromium,
  { targetId, session }: PageTarget,
  { width, height }: PageSize,
): Promise<void> {
  const frame = await sizeOfFrame(session);
  const { windowId } = await chromium.send<{ windowId: number }>('Browser.getWindowForTarget', {
    targetId,
  });
  const bounds = { width: width + frame.width, height: height + frame.height };
  await chromium.send('Browser.setWindowBounds', { windowId, bounds });
}

async function sizeOfFrame(session: CdpSession): Promise<PageSize> {
  const { result } = await session.send<{ result: { value: PageSize } }>('Runtime.evaluate', {
    expression: '({ width: outerWidth - innerWidth, height: outerHeight - innerHeight })',
    returnByValue: true,
  });
  return result.value;
}
