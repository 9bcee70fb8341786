/** Builds lab.ts for a page and serves it on loopback. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

export interface LabServer {
  readonly url: string;
  close(): void;
}

export async function serveLab(): Promise<LabServer> {
  const script = await bundle();
  const server = createServer((request, response) => {
    const isScript = request.url === '/lab.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? script : '<!doctype html><title>lab</title><script src="/lab.js"></script>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function bundle(): Promise<string> {
  const entry = fileURLToPath(new URL('./lab.ts', import.meta.url));
  const outputs = await build({
    configFile: false,
    logLevel: 'warn',
    build: { write: false, minify: false, target: 'es2024', lib: { entry, formats: ['iife'], name: 'labModule' } },
  });
  const [first] = Array.isArray(outputs) ? outputs : [outputs];
  if (!first || !('output' in first)) throw new Error('the lab was not built');
  return first.output[0].code;
}
