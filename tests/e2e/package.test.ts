/** What is shipped: the built folders, and what each browser makes of them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { BrowserKind } from '../support/browsers';
import { launchBrowser } from '../support/browsers-launch';
import { builtFolder } from '../support/build';

const KINDS: readonly BrowserKind[] = ['chromium', 'firefox'];

interface Manifest {
  readonly manifest_version: number;
  readonly permissions: readonly string[];
  readonly host_permissions?: readonly string[];
  readonly icons: Readonly<Record<string, string>>;
  readonly content_security_policy: string | { readonly extension_pages: string };
}

function manifestOf(kind: BrowserKind): Manifest {
  return JSON.parse(readFileSync(join(builtFolder(kind), 'manifest.json'), 'utf8')) as Manifest;
}

function filesOf(kind: BrowserKind): string[] {
  return readdirSync(builtFolder(kind), { recursive: true, encoding: 'utf8' });
}

describe.each(KINDS)('the package for %s', (kind) => {
  it('asks for no site, no tabs and no history', () => {
    const { permissions, host_permissions } = manifestOf(kind);
    const chromeOnly = kind === 'chromium' ? ['offscreen', 'sidePanel'] : [];
    expect([...permissions].sort()).toEqual(['alarms', 'idle', 'notifications', 'storage', 'unlimitedStorage', ...chromeOnly].sort());
    expect(host_permissions ?? []).toEqual([]);
  });

  it('runs scripts from itself alone and reaches relays over TLS or on this machine', () => {
    const policy = manifestOf(kind).content_security_policy;
    const pages = typeof policy === 'string' ? policy : policy.extension_pages;
    expect(pages).toContain("script-src 'self' 'wasm-unsafe-eval';");
    expect(pages).toContain("connect-src 'self' wss: ws:;");
    expect(pages).not.toMatch(/unsafe-inline|'unsafe-eval'|https?:/);
  });

  it('has every icon its manifest names', () => {
    const named = JSON.stringify(manifestOf(kind)).match(/[\w/-]+\.png/g) ?? [];
    expect(named.length).toBeGreaterThanOrEqual(4);
    expect(named.filter((icon) => !existsSync(join(builtFolder(kind), icon)))).toEqual([]);
  });

  it('carries no source map, no evaluated text and no script from elsewhere', () => {
    const files = filesOf(kind);
    expect(files.filter((file) => file.endsWith('.map'))).toEqual([]);
    const scripts = files.filter((file) => /\.(js|html)$/.test(file));
    expect(scripts.length).toBeGreaterThan(5);
    const hostile = /\bnew Function\(|[^.\w]eval\(|sourceMappingURL|\.innerHTML\s*=[^=]|<script[^>]+src="(https?:)?\/\//;
    expect(scripts.filter((file) => hostile.test(readFileSync(join(builtFolder(kind), file), 'utf8')))).toEqual([]);
  });

  it('gets both shortcuts it suggests', async () => {
    const browser = await launchBrowser(kind);
    try {
      const assigned = await browser.background(async (scope) => {
        const api = (scope as unknown as { browser?: typeof chrome }).browser ?? chrome;
        return (await api.commands.getAll()).map(({ name, shortcut }) => [name, shortcut]);
      });
      expect(assigned).toContainEqual(['open-panel', 'Alt+Shift+K']);
      expect(assigned).toContainEqual(['toggle-mute', 'Alt+Shift+M']);
    } finally {
      await browser.close();
    }
  });
});
