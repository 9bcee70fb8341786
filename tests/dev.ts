/** `npm run dev [-- --browser firefox]`: WXT's dev mode. Loads the extension into a browser that takes it, and again on every change. */
import { parseArgs } from 'node:util';
import { createServer } from 'wxt';
import type { BrowserKind } from './support/browsers';
import { findBrowser, hasDisplay, isUsable, whyUnusable } from './support/browsers-installed';
import { builtFolder } from './support/build';
import { hasSandbox } from './support/chromium';

const { values } = parseArgs({ options: { browser: { type: 'string', default: 'chromium' } } });
const kind: BrowserKind = values.browser === 'firefox' ? 'firefox' : 'chromium';
const found = findBrowser(kind);
const canOpen = isUsable(found) && hasDisplay();
const name = kind === 'chromium' ? 'chrome' : 'firefox';

const server = await createServer({
  browser: name,
  manifestVersion: kind === 'chromium' ? 3 : 2,
  webExt: {
    disabled: !canOpen,
    ...(isUsable(found) ? { binaries: { [name]: found.path } } : {}),
    chromiumArgs: hasSandbox() ? [] : ['--no-sandbox'],
  },
});
await server.start();
if (!isUsable(found)) console.log(whyUnusable(kind, found));
if (!canOpen) console.log(`Load it by hand from ${builtFolder(kind)}-dev`);
