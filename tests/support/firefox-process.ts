/** One Firefox process: its preferences, its start, its end. Ended with this process at the latest. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

type Preferences = Readonly<Record<string, string | number | boolean>>;

/** `media.navigator.permission.disabled` is missing on purpose: it hides that the background page may never capture. */
const PREFERENCES: Preferences = {
  'app.normandy.enabled': false,
  'app.update.disabledForTesting': true,
  'browser.aboutwelcome.enabled': false,
  'browser.region.network.url': '',
  'browser.safebrowsing.malware.enabled': false,
  'browser.safebrowsing.phishing.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.homepage': 'about:blank',
  'browser.startup.page': 0,
  'browser.warnOnQuit': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'extensions.autoDisableScopes': 0,
  'extensions.getAddons.cache.enabled': false,
  'extensions.openPopupWithoutUserGesture.enabled': true,
  'extensions.update.enabled': false,
  'intl.locale.requested': 'en-US',
  'media.gmp-manager.updateEnabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': 'data:,#remote-settings-dummy/v1',
  'toolkit.startup.max_resumed_crashes': -1,
};
/** Only where nobody looks and listens: a tone instead of a microphone, a clock instead of a sound card. */
const HEADLESS_PREFERENCES: Preferences = {
  'browser.dom.window.dump.enabled': true,
  'devtools.console.stdout.content': true,
  'media.cubeb.force_mock_context': true,
  'media.navigator.streams.fake': true,
};

/** Where it saves files without asking. */
export const downloadsOf = (profile: string) => join(profile, 'downloads');

const START_TIMEOUT_MS = 45_000;
const END_TIMEOUT_MS = 8000;

export interface FirefoxOptions {
  readonly executable: string;
  readonly extension: string;
  /** Kept after `close` when given. */
  readonly profile?: string;
  readonly isHeadless?: boolean;
  readonly preferences?: Preferences;
  /** The port here that leads to its debugging port, when it runs in another network namespace. */
  readonly reach?: (port: number) => Promise<number>;
}

export class FirefoxProcess {
  readonly #child: ChildProcess;
  #log = '';
  readonly #killWithUs = () => this.#child.kill('SIGKILL');

  constructor(options: FirefoxOptions, profile: string) {
    const isHeadless = options.isHeadless ?? true;
    mkdirSync(downloadsOf(profile), { recursive: true });
    const saving = { 'browser.download.folderList': 2, 'browser.download.dir': downloadsOf(profile) };
    const preferences = { ...PREFERENCES, ...saving, ...(isHeadless ? HEADLESS_PREFERENCES : {}), ...options.preferences };
    const lines = Object.entries(preferences).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`);
    writeFileSync(join(profile, 'user.js'), lines.join('\n'));
    const args = ['-no-remote', '-profile', profile, '--remote-debugging-port', '0', '--remote-allow-system-access', 'about:blank'];
    this.#child = spawn(options.executable, [...(isHeadless ? ['-headless'] : []), ...args], {
      env: { ...process.env, ...(isHeadless ? { HOME: profile, MOZ_HEADLESS: '1' } : {}), MOZ_CRASHREPORTER_DISABLE: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const keep = (chunk: Buffer) => {
      this.#log += chunk.toString();
    };
    this.#child.stdout?.on('data', keep);
    this.#child.stderr?.on('data', keep);
    process.once('exit', this.#killWithUs);
  }

  /** The BiDi address it prints. */
  endpoint(): Promise<string> {
    return new Promise((resolve, reject) => {
      const fail = (why: string) => reject(new Error(`${why}\n${this.#log.slice(-2000)}`));
      const timer = setTimeout(() => fail('Firefox names no BiDi address'), START_TIMEOUT_MS);
      const settle = (act: () => void) => {
        clearTimeout(timer);
        act();
      };
      this.#child.once('error', (error) => settle(() => fail(error.message)));
      this.#child.once('exit', (code) => settle(() => fail(`Firefox ended with ${code}`)));
      this.#child.stderr?.on('data', () => {
        const address = /WebDriver BiDi listening on (ws:\/\/\S+)/.exec(this.#log)?.[1];
        if (address !== undefined) settle(() => resolve(address));
      });
    });
  }

  onceEnded(listener: () => void): void {
    this.#child.once('exit', listener);
  }

  kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    return this.ended();
  }

  /** Resolves when the process has gone; kills it when it takes too long. */
  async ended(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const timer = setTimeout(this.#killWithUs, END_TIMEOUT_MS);
      await new Promise((resolve) => this.#child.once('exit', resolve));
      clearTimeout(timer);
    }
    process.off('exit', this.#killWithUs);
  }
}
