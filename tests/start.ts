/**
 * `npm start [-- --headless] [--once] [--browsers chromium,firefox]`: builds the extension, starts a relay, and opens two
 * browsers with two profiles that are connected to it. Headless, or without a display, the two exchange an invite and a message
 * each way by themselves. `--once` ends after that; otherwise Ctrl-C ends everything that was started.
 */
import { parseArgs } from 'node:util';
import { Ending } from './start/ending';
import { runRelay } from './start/relay';
import { letThemTalk } from './start/talk';
import { openBrandedWindows, openWindows } from './start/windows';
import type { BrowserKind } from './support/browsers';
import { findBrowser, hasDisplay, installCommand, isUsable } from './support/browsers-installed';
import { buildExtension, builtFolder } from './support/build';
import { BUILT } from './support/build-once';

const KINDS: readonly BrowserKind[] = ['chromium', 'firefox'];
const MANUAL: Record<BrowserKind, string> = {
  chromium: 'Chromium or Chrome: open chrome://extensions, switch on “Developer mode”, press “Load unpacked”, choose',
  firefox: 'Firefox: open about:debugging#/runtime/this-firefox, press “Load Temporary Add-on…”, choose manifest.json in',
};

function isKind(name: string): name is BrowserKind {
  return name === 'chromium' || name === 'firefox';
}

/** Two windows: those asked for, else two of the first kind that is here. */
function chooseBrowsers(asked: string | undefined): [BrowserKind, BrowserKind] | null {
  const named = (asked ?? '').split(',').filter(isKind);
  const [first = KINDS.find((kind) => isUsable(findBrowser(kind))), second = first] = named;
  if (first === undefined || second === undefined) return null;
  return [first, second].every((kind) => isUsable(findBrowser(kind))) ? [first, second] : null;
}

function explainByHand(): void {
  if (findBrowser('chromium')?.kind === 'branded-chrome') console.log('This Google Chrome takes the extension only by hand.');
  else
    console.log(`No Chromium, Chrome for Testing or Firefox that is new enough was found. Install one:  ${installCommand(['chromium'])}`);
  console.log('The extension is built. To load it by hand:');
  for (const kind of KINDS) console.log(`  ${MANUAL[kind]}\n    ${builtFolder(kind)}`);
}

/** Nobody drives the windows, so what they connect to is built in. */
async function build(kinds: readonly BrowserKind[], relay: string): Promise<boolean> {
  if (process.env[BUILT] === '1') return true;
  for (const kind of new Set(kinds)) {
    const { isOk, output } = await buildExtension(kind, isHeadless ? undefined : relay);
    if (!isOk) console.error(output);
    if (!isOk) return false;
    console.log(`Built ${builtFolder(kind)}`);
  }
  return true;
}

async function openBranded(): Promise<boolean> {
  const found = findBrowser('chromium');
  return found?.kind === 'branded-chrome' && openBrandedWindows(found.path, ending);
}

const { values } = parseArgs({ options: { headless: { type: 'boolean' }, once: { type: 'boolean' }, browsers: { type: 'string' } } });
const isHeadless = values.headless === true || !hasDisplay();
const ending = new Ending();

async function run(): Promise<number> {
  const relay = await runRelay();
  if (relay === null) return 1;
  ending.add(() => relay.stop());
  console.log(`Relay at ${relay.url}`);
  const browsers = chooseBrowsers(values.browsers);
  if (!(await build(browsers ?? KINDS, relay.url))) return 1;
  if (browsers === null) {
    const isOpen = !isHeadless && (await openBranded());
    if (!isOpen) explainByHand();
    if (!isOpen && values.once) return 1;
  } else if (isHeadless) await letThemTalk(browsers, relay.url, ending);
  else await openWindows(browsers, ending);
  if (values.once) return 0;
  console.log('Ctrl-C ends everything.');
  return new Promise(() => undefined);
}

async function end(code: number): Promise<never> {
  await ending.all();
  process.exit(code);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => void end(130));
try {
  await end(await run());
} catch (error) {
  console.error(`npm start could not finish: ${(error as Error).message}`);
  await end(1);
}
