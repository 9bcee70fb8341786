/** Before tests in real browsers: builds the extension apart, unless whoever started them has just built it. */
import type { BrowserKind } from './browsers';
import { buildApart, buildExtension } from './build';

export const BUILT = 'TINCAN_BUILT';

export default async function setup(): Promise<(() => void) | undefined> {
  if (process.env[BUILT] === '1') return undefined;
  const remove = buildApart();
  for (const kind of ['chromium', 'firefox'] satisfies BrowserKind[]) {
    const { isOk, output } = await buildExtension(kind);
    if (!isOk) throw new Error(`the extension for ${kind} does not build:\n${output}`);
  }
  return remove;
}
