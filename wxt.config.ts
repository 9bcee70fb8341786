/** What is built, for which browser, and with which rights. Knows nothing of what the extension does. */

import type { Plugin } from 'vite';
import { defineConfig, type UserManifest } from 'wxt';

/**
 * `unlimitedStorage`: so that no browser evicts messages when a disk runs full, and so that Chromium tells what the disk has left.
 *
 * Chrome's background is a worker beside an offscreen document; Firefox's is a page that stays.
 */
const CHROME_PERMISSIONS = ['alarms', 'idle', 'notifications', 'offscreen', 'sidePanel', 'storage', 'unlimitedStorage'];
const FIREFOX_PERMISSIONS = ['alarms', 'idle', 'notifications', 'storage', 'unlimitedStorage'];

/**
 * Scripts and styles from the package alone. A relay is reached over TLS, or in the clear on this
 * machine and on private networks: a policy can't name those, so `relayBase` refuses every other address.
 * Blobs are pictures and sound decrypted here.
 */
const PAGES_CSP = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "object-src 'none'",
  "img-src 'self' blob: data:",
  "media-src 'self' blob:",
  "connect-src 'self' wss: ws:",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');
/** The dev server injects styles and reloads over its own socket. */
const DEV_CSP = "script-src 'self' 'wasm-unsafe-eval'; object-src 'none'";

const COMMANDS: NonNullable<UserManifest['commands']> = {
  'open-panel': { description: '__MSG_command_open_panel__', suggested_key: { default: 'Alt+Shift+K' } },
  'toggle-mute': { description: '__MSG_command_toggle_mute__', suggested_key: { default: 'Alt+Shift+M' } },
  'lock-now': { description: '__MSG_command_lock_now__' },
};

const SHARED: UserManifest = {
  name: '__MSG_app_name__',
  description: '__MSG_app_description__',
  default_locale: 'en',
  commands: COMMANDS,
};

/** Firefox names an icon after the text beside it: `light` stands where the text is light, so on a dark toolbar. */
function themeIcons(size: number) {
  return { light: `icon/toolbar-dark-${size}.png`, dark: `icon/toolbar-light-${size}.png`, size };
}

/** `message_serialization`: ports carry byte strings as they are, not as JSON. */
const CHROME = {
  ...SHARED,
  minimum_chrome_version: '148',
  message_serialization: 'structured_clone',
  permissions: CHROME_PERMISSIONS,
} as UserManifest;

/** Messages go to the contacts the user picks, and so does the name the user types. Nothing else is sent to anybody. */
const FIREFOX: UserManifest = {
  ...SHARED,
  browser_action: { theme_icons: [16, 32].map(themeIcons) },
  permissions: FIREFOX_PERMISSIONS,
  browser_specific_settings: {
    gecko: {
      id: 'tincan@tincan.example',
      strict_min_version: '142.0',
      data_collection_permissions: { required: ['personalCommunications', 'personallyIdentifyingInfo'] },
    },
  },
};

const PREACT_CORE = /\/preact\/dist\/preact\.mjs$/;
/** `html ? (… element.innerHTML = html.__html …, vnode.children = []) : (…)`: the branch behind `dangerouslySetInnerHTML`. */
const MARKUP_BRANCH =
  /([\w$]+)\?\([\w$]+\|\|[\w$]+&&\(\1\.__html==[\w$]+\.__html\|\|\1\.__html==([\w$]+)\.innerHTML\)\|\|\(\2\.innerHTML=\1\.__html\),[\w$]+\.[\w$]+=\[\]\):/;
const MARKUP_WRITE = /\.(?:inner|outer)HTML\s*=[^=]|\.insertAdjacentHTML\b|\bdocument\.write\b/;

/**
 * No code path in the package turns a string into markup. Takes Preact's one such branch out, and fails the build when it is
 * not found as known, or when any chunk still writes markup.
 */
function withoutMarkupWrites(): Plugin {
  return {
    name: 'tincan:without-markup-writes',
    apply: 'build',
    transform(code, id) {
      if (!PREACT_CORE.test(id)) return null;
      if (!MARKUP_BRANCH.test(code)) this.error('Preact no longer has the markup branch this build takes out');
      return { code: code.replace(MARKUP_BRANCH, ''), map: null };
    },
    generateBundle(_options, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type === 'chunk' && MARKUP_WRITE.test(chunk.code)) this.error(`${chunk.fileName} writes markup from a string`);
      }
    },
  };
}

export default defineConfig({
  srcDir: '.',
  entrypointsDir: 'entrypoints',
  publicDir: 'components/public',
  /** Tests and benches build where no open browser has the extension from. */
  outDir: process.env.TINCAN_OUTPUT ?? '.output',
  imports: false,
  modules: ['@wxt-dev/webextension-polyfill'],
  manifest: ({ browser, command }) => ({
    ...(browser === 'firefox' ? FIREFOX : CHROME),
    content_security_policy: { extension_pages: command === 'serve' ? DEV_CSP : PAGES_CSP },
  }),
  /** For a store's reviewers: what the package is made of, and nothing that lies about here. */
  zip: {
    includeSources: [
      'components/**',
      'entrypoints/**',
      'lib/**',
      'package*.json',
      'tsconfig.json',
      'wxt.config.ts',
      'LICENSE',
      'README.md',
    ],
  },
  vite: () => ({
    server: { watch: { ignored: ['**/data/**'] } },
    build: { sourcemap: false, modulePreload: { polyfill: false }, target: 'es2022' },
    plugins: [withoutMarkupWrites()],
  }),
});
