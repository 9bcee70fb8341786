/** `npx tsx tests/vectors/write.ts` writes the transcript anew. Only a new wire version changes it, together with PROTOCOL.md. */
import { writeFileSync } from 'node:fs';
import { transcript } from '../unit/protocol/transcript';

const path = new URL('transcript.json', import.meta.url);
writeFileSync(path, `${JSON.stringify(await transcript(), null, 2)}\n`);
