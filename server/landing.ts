/**
 * The page behind an invite link, for whoever has no Tincan yet. Static, without script: what follows the # never reaches
 * the relay and is never read by the page.
 */
import { createHash } from 'node:crypto';

const STYLE = `
:root { color-scheme: light dark; font: 1.0625rem/1.55 system-ui, sans-serif; }
body { max-inline-size: 34rem; margin: 12vh auto 3rem; padding-inline: 1.25rem; }
h1 { font-size: 1.6rem; line-height: 1.25; }
li { margin-block: 0.6rem; }
.quiet { opacity: 0.75; font-size: 0.9375rem; }
`;

export const LANDING_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>You have an invite to Tincan</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Someone wants to talk with you on Tincan</h1>
<p>Tincan is a messenger that lives in your browser. Messages and calls go from your browser to theirs, encrypted; there is no account.</p>
<ol>
<li>Install the Tincan extension in Chrome, Edge, Brave or Firefox. Ask whoever invited you where they got theirs.</li>
<li>Copy this page's whole address, with everything behind the #.</li>
<li>Open Tincan from the toolbar, choose <strong>Add contact</strong>, and paste the address.</li>
</ol>
<p class="quiet">The invite works once, for one person. It is the part of the address behind the #, which your browser does not send to this server. Don't post it where others can read it.</p>
</main>
</body>
</html>
`;

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

export const LANDING_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${STYLE_HASH}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
