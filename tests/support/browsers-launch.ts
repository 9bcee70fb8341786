/** Starts either browser with the built extension. */
import type { BrowserKind, ExtensionBrowser } from './browsers';
import { requireBrowser } from './browsers-installed';
import { builtFolder } from './build';
import { ChromiumBrowser, type ChromiumOptions } from './chromium';
import { FirefoxBrowser } from './firefox';
import type { FirefoxOptions } from './firefox-process';

type Launch<Options> = Partial<Options>;

export function launchChromium(options: Launch<ChromiumOptions> = {}): Promise<ChromiumBrowser> {
  return ChromiumBrowser.launch({ executable: requireBrowser('chromium'), extension: builtFolder('chromium'), ...options });
}

export function launchFirefox(options: Launch<FirefoxOptions> = {}): Promise<FirefoxBrowser> {
  return FirefoxBrowser.launch({ executable: requireBrowser('firefox'), extension: builtFolder('firefox'), ...options });
}

export function launchBrowser(
  kind: BrowserKind,
  options: Launch<Pick<ChromiumOptions & FirefoxOptions, 'executable' | 'profile' | 'isHeadless' | 'reach'>> = {},
): Promise<ExtensionBrowser> {
  return kind === 'chromium' ? launchChromium(options) : launchFirefox(options);
}
