/** Before tests in real browsers: builds the extension, unless whoever started them has just done so. */
import type { BrowserKind } from './browsers';
import { buildExtension } from './build';

export const BUILT = 'TINCAN_BUILT';

export default async function setup(): Promise<void> {
  if (process.env[BUILT] === '1') return;
  for (const kind of ['chromium', 'firefox'] satisfies BrowserKind[]) {
    const { isOk, output } = await buildExtension(kind);
    if (!isOk) throw new Error(`the extension for ${kind} does not build:\n${output}`);
  }
}
