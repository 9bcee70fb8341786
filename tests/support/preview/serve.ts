/** Builds the preview once and serves it from memory on a free loopback port. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const TYPES: Readonly<Record<string, string>> = { html: 'text/html', js: 'text/javascript', css: 'text/css', json: 'application/json' };

async function buildPreview(): Promise<Map<string, string | Uint8Array>> {
  const root = fileURLToPath(new URL('.', import.meta.url));
  const built = await build({ root, configFile: false, logLevel: 'warn', build: { write: false, target: 'es2022' } });
  const files = new Map<string, string | Uint8Array>();
  for (const output of [built].flat())
    if ('output' in output)
      for (const file of output.output) files.set(`/${file.fileName}`, file.type === 'chunk' ? file.code : file.source);
  return files;
}

export async function servePreview(): Promise<{ url: string; close: () => Promise<void> }> {
  const files = await buildPreview();
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname.replace(/\/$/u, '/index.html');
    const body = files.get(path);
    response.writeHead(body ? 200 : 404, { 'content-type': TYPES[path.split('.').at(-1) ?? ''] ?? 'application/octet-stream' });
    response.end(body);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, close: () => new Promise((closed) => server.close(() => closed())) };
}
