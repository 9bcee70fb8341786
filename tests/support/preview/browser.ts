/** A Chromium over the preview, for the tests of one file: opens scenes in one page. */
import { type Browser, chromium, type Page } from 'playwright-core';
import { requireBrowser } from '../browsers-installed';
import { servePreview } from './serve';

export class PreviewBrowser {
  readonly page: Page;
  readonly #browser: Browser;
  readonly #preview: Awaited<ReturnType<typeof servePreview>>;

  private constructor(browser: Browser, page: Page, preview: Awaited<ReturnType<typeof servePreview>>) {
    this.#browser = browser;
    this.page = page;
    this.#preview = preview;
  }

  static async launch(viewport: { readonly width: number; readonly height: number }): Promise<PreviewBrowser> {
    const preview = await servePreview();
    const browser = await chromium.launch({ executablePath: requireBrowser('chromium'), args: ['--no-sandbox'] });
    const page = await (await browser.newContext({ timezoneId: 'UTC', viewport })).newPage();
    return new PreviewBrowser(browser, page, preview);
  }

  /** Anew, also where it is shown already. */
  async open(scene: string): Promise<void> {
    await this.page.goto('about:blank');
    await this.page.goto(`${this.#preview.url}#${scene}`);
    await this.page.waitForSelector(`html[data-ready="${scene}"]`);
  }

  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.page.keyboard.press(key);
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.#preview.close();
  }
}
