/** How the world sees this device, as a real browser finds it: over a STUN server that answers, and one that never does. */
import { createSocket, type Socket } from 'node:dgram';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RelayProcess, startRelay } from '../../support/relay';
import { type ChromiumLab, openChromiumLab } from './chromium-lab';

let browser: ChromiumLab;
let page: Page;
let relay: RelayProcess;
let silent: Socket;

/** A port nobody else has, as far as the system knows. */
async function bound(): Promise<Socket> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return socket;
}

beforeAll(async () => {
  silent = await bound();
  const free = await bound();
  const { port } = free.address();
  await new Promise<void>((resolve) => free.close(resolve));
  relay = await startRelay({ env: { STUN_PORT: String(port) } });
  browser = await openChromiumLab();
  page = await browser.newPage();
  stunPort = port;
}, 60_000);
afterAll(async () => {
  await browser.close();
  await relay.stop();
  silent.close();
});

let stunPort = 0;

function probed(stunUrls: readonly string[]): Promise<string> {
  return page.evaluate(async (urls) => {
    const { ana } = lab.twoSides();
    ana.send({ kind: 'probe', token: 'probe', stunUrls: urls });
    await ana.until('probed', () => ana.of('probed').length === 1);
    return ana.of('probed')[0]?.network ?? 'nothing';
  }, stunUrls);
}

test('a server that answers: the network lets direct connections out', async () => {
  expect(await probed([`stun:127.0.0.1:${stunPort}`, `stun:127.0.0.1:${stunPort + 1}`])).toBe('steady');
});

test('a server from which nothing comes back: blocked, after three seconds', async () => {
  expect(await probed([`stun:127.0.0.1:${silent.address().port}`])).toBe('blocked');
});
