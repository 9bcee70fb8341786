/** The real ports of the background's app. */
import { argon2id } from 'hash-wasm';
import browser from 'webextension-polyfill';
import type { World } from '../../lib/app/core';
import { AppError } from '../../lib/app/errors';
import type { Idleness } from '../../lib/app/front';
import { createShell } from '../../lib/bus/shell';
import type { Argon2id } from '../../lib/protocol/argon2';
import { fromBase64url, toBase64url } from '../../lib/protocol/bytes';
import { ProtocolError } from '../../lib/protocol/errors';
import { pooledEngine } from '../../lib/protocol/key-pool';
import { browserDisk } from '../../lib/storage/disk';
import type { SessionKey } from '../../lib/storage/keyring';
import { createProfiles } from '../../lib/storage/profiles';

function faultCode(fault: unknown): string {
  if (fault instanceof ProtocolError || fault instanceof AppError) return fault.code;
  // A stack names our own lines and nothing of what they carried; a message might.
  return fault instanceof Error ? `${fault.name} ${fault.stack?.split('\n').slice(1, 4).join(' ') ?? ''}` : 'unknown';
}

export function report(fault: unknown): void {
  console.warn('tincan:', faultCode(fault));
}

const stretchInWasm: Argon2id = ({ password, salt, memoryKib, passes, lanes, outputBytes }) =>
  argon2id({
    password,
    salt,
    memorySize: memoryKib,
    iterations: passes,
    parallelism: lanes,
    hashLength: outputBytes,
    outputType: 'binary',
  });

export function backgroundWorld(): World {
  let shortcuts: Record<string, string> = {};
  browser.commands
    ?.getAll()
    .then((commands) => {
      shortcuts = Object.fromEntries(commands.map((command) => [command.name ?? '', command.shortcut ?? '']));
    })
    .catch(() => undefined);
  return {
    clock: {
      now: () => Date.now(),
      after(delayMs, run) {
        const timer = setTimeout(run, delayMs);
        return () => clearTimeout(timer);
      },
    },
    random: { bytes: (size) => crypto.getRandomValues(new Uint8Array(size)) },
    engine: pooledEngine(crypto),
    shell: createShell(),
    disk: browserDisk(navigator.storage),
    report,
    argon2id: stretchInWasm,
    minuteOfDay(atMs) {
      const date = new Date(atMs);
      return 60 * date.getHours() + date.getMinutes();
    },
    shortcuts: () => shortcuts,
  };
}

/** In memory, out of reach of web pages; gone with the browser. */
function sessionKey(profileId: string): SessionKey {
  const name = `vault-key:${profileId}`;
  return {
    async get() {
      const { [name]: kept } = await browser.storage.session.get(name);
      return typeof kept === 'string' ? fromBase64url(kept) : null;
    },
    set: (dataKey) => browser.storage.session.set({ [name]: toBase64url(dataKey) }),
    clear: () => browser.storage.session.remove(name),
  };
}

export function deviceProfiles(): ReturnType<typeof createProfiles> {
  return createProfiles({
    crypto,
    session: sessionKey,
    now: () => Date.now(),
    onDamaged: () => report(new AppError('vault-damaged')),
    argon2id: stretchInWasm,
  });
}

/** The browser knows when a person last touched the machine, not only this browser. */
export function browserIdleness(): Idleness {
  let seconds = 60;
  return {
    watch(minutes) {
      seconds = 60 * minutes;
      browser.idle.setDetectionInterval(seconds);
    },
    isIdle: async () => (await browser.idle.queryState(seconds)) !== 'active',
  };
}
