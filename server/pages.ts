/** What the relay answers over plain HTTP: health, readiness, and the page behind an invite link. */
import express, { type Express, type Response } from 'express';
import { LANDING_PAGE, LANDING_POLICY } from './landing';
import { failureCode, type Log } from './log';

const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=()',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};

function say(response: Response, status: number, text: string): void {
  response.status(status).type('text/plain').set('Cache-Control', 'no-store').send(`${text}\n`);
}

export interface PageParts {
  /** The public address's path: a reverse proxy may or may not strip it. */
  readonly basePath: string;
  /** Why this relay should be given no work now; null when it should. */
  readonly notReady: () => string | null;
  readonly log: Log;
}

export function openPages(parts: PageParts): Express {
  const at = (path: string) => [path, parts.basePath + path];
  const pages = express();
  pages.disable('x-powered-by');
  pages.disable('etag');
  pages.use((_request, response, next) => {
    response.set(HEADERS);
    next();
  });
  pages.get(at('/healthz'), (_request, response) => say(response, 200, 'alive'));
  pages.get(at('/readyz'), (_request, response) => {
    const reason = parts.notReady();
    say(response, reason === null ? 200 : 503, reason === null ? 'ready' : `not ready: ${reason}`);
  });
  pages.get(at('/i'), (_request, response) => {
    response.set({ 'Content-Security-Policy': LANDING_POLICY, 'Cache-Control': 'public, max-age=3600' });
    response.type('html').send(LANDING_PAGE);
  });
  pages.use((_request, response) => say(response, 404, 'not found'));
  // Express knows an error handler by its four parameters.
  pages.use((error: unknown, _request: express.Request, response: Response, _next: express.NextFunction) => {
    parts.log.error('page-failed', { code: failureCode(error) });
    say(response, 500, 'failed');
  });
  return pages;
}
