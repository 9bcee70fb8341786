/** `npm start` as a user without a display meets it. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtFolder, ROOT } from '../support/build';
import { BUILT } from '../support/build-once';

let dataDir: string;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'tincan-start-'));
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

function listen(port: number): Promise<Server> {
  const server = createServer();
  return new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', () => resolve(server)));
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function freePort(): Promise<number> {
  const server = await listen(0);
  const port = portOf(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

interface Ran {
  readonly code: number | null;
  readonly output: string;
}

function start(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ran> {
  const child = spawn(process.execPath, ['tests/bootstrap.mjs', 'tests/start.ts', ...args], {
    cwd: ROOT,
    env: { ...process.env, [BUILT]: '1', DATA_DIR: dataDir, ...env },
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output += chunk;
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}

describe('npm start', () => {
  it.each(['chromium,chromium', 'firefox,chromium'])('lets two headless browsers talk directly: %s', async (browsers) => {
    const { code, output } = await start(['--headless', '--once', '--browsers', browsers], { PORT: String(await freePort()) });
    expect(output).toMatch(/Ana +→ Jun: “Can you hear me\?” after \d+ ms · (Delivered|Read).* · path: direct/);
    expect(output).toMatch(/Jun +→ Ana: “Loud and clear\.” after \d+ ms · (Delivered|Read).* · path: direct/);
    expect(code).toBe(0);
  });

  it('names a taken port in one line, without a stack', async () => {
    const server = await listen(0);
    try {
      const port = portOf(server);
      const { code, output } = await start(['--headless', '--once'], { PORT: String(port) });
      expect(output.trim().split('\n')).toHaveLength(1);
      expect(output).toContain(`Port ${port} is already in use`);
      expect(code).toBe(1);
    } finally {
      server.close();
    }
  });

  it('without a browser says which to install, where the folder lies and how to load it', async () => {
    const nowhere = { CHROMIUM_PATH: join(dataDir, 'none'), FIREFOX_PATH: join(dataDir, 'none') };
    const { code, output } = await start(['--once'], { PORT: String(await freePort()), ...nowhere });
    expect(output).toContain('apt-get install -y chromium');
    expect(output).toContain('chrome://extensions');
    expect(output).toContain(builtFolder('chromium'));
    expect(output).toContain('about:debugging');
    expect(code).toBe(1);
  });
});
