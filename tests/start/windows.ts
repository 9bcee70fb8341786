/** Two windows for whoever sits here: two profiles, the panel open in each, nothing attached to them but what loads the extension. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserKind } from '../support/browsers';
import { requireBrowser } from '../support/browsers-installed';
import { launchFirefox } from '../support/browsers-launch';
import { builtFolder, ROOT } from '../support/build';
import { openBranded } from '../support/chromium-branded';
import { RawChromium } from '../support/chromium-raw';
import type { Ending } from './ending';

/** Kept, so that closing everything and starting again goes on with the same two people. */
function profileOf(kind: string, index: number): string {
  const folder = join(ROOT, 'data', 'profiles', `${kind}-${index + 1}`);
  mkdirSync(folder, { recursive: true });
  return folder;
}

const PAGE = 'sidepanel.html';
const placeOf = (index: number) => ['--window-size=440,760', `--window-position=${40 + 480 * index},60`];

async function openWindow(kind: BrowserKind, index: number, ending: Ending): Promise<void> {
  const profile = profileOf(kind, index);
  if (kind === 'chromium') {
    const executable = requireBrowser(kind);
    const options = { executable, extension: builtFolder(kind), profile, isHeadless: false, args: placeOf(index) };
    const window = await RawChromium.launch(options);
    ending.add(() => window.close());
    await window.openPage(PAGE);
    await window.closeOtherPages();
    return;
  }
  const window = await launchFirefox({ profile, isHeadless: false });
  ending.add(() => window.close());
  await window.openPage(PAGE, null);
}

export async function openWindows(kinds: readonly BrowserKind[], ending: Ending): Promise<void> {
  for (const [index, kind] of kinds.entries()) await openWindow(kind, index, ending);
}

/** False when this Chrome does not take the extension: it must be loaded by hand. */
export async function openBrandedWindows(executable: string, ending: Ending): Promise<boolean> {
  try {
    for (const index of [0, 1]) {
      const profile = profileOf('branded-chrome', index);
      const options = { executable, extension: builtFolder('chromium'), profile, page: PAGE, args: placeOf(index) };
      const window = await openBranded(options);
      ending.add(() => window.close());
    }
    return true;
  } catch {
    return false;
  }
}
