/** Fills the database of a browser's extension through the product's own storage code, from one of its pages. */
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { type PanelDriver, until } from '../support/browsers';
import type { ChromiumBrowser } from '../support/chromium';

type Lab = typeof import('./storage-lab').lab;

const GLOBAL = 'storageLab';
const CALL_MS = 60_000;
const PER_CALL = 5000;

async function bundle(): Promise<string> {
  const entry = fileURLToPath(new URL('./storage-lab.ts', import.meta.url));
  const outputs = await build({
    configFile: false,
    logLevel: 'warn',
    build: { write: false, target: 'es2022', lib: { entry, formats: ['iife'], name: GLOBAL } },
  });
  const [first] = [outputs].flat();
  if (!first || !('output' in first)) throw new Error('the lab was not built');
  return first.output[0].code;
}

/** The lab in one page: its calls, which may take long. */
export interface StorageLab {
  call<Name extends keyof Lab>(name: Name, ...args: Parameters<Lab[Name]>): Promise<Awaited<ReturnType<Lab[Name]>>>;
  close(): Promise<void>;
}

interface Answer {
  readonly value?: unknown;
  readonly error?: string;
}

export async function openLab(browser: ChromiumBrowser): Promise<StorageLab> {
  const page: PanelDriver = await browser.openPage('permissions.html');
  await page.eval(`() => { ${await bundle()}; globalThis.${GLOBAL} = ${GLOBAL}.lab; globalThis.answers = new Map(); }`);
  let last = 0;
  return {
    async call(name, ...args) {
      const id = ++last;
      await page.eval(
        (method: string, given: readonly unknown[], key: number) => {
          const here = globalThis as unknown as {
            storageLab: Record<string, (...args: readonly unknown[]) => Promise<unknown>>;
            answers: Map<number, Answer>;
          };
          here.storageLab[method]?.(...given).then(
            (value) => here.answers.set(key, { value: value ?? null }),
            (error: unknown) => here.answers.set(key, { error: String(error) }),
          );
        },
        name,
        args,
        id,
      );
      const ask = (key: number) => (globalThis as unknown as { answers: Map<number, Answer> }).answers.get(key) ?? null;
      const answer = await until<Answer | null>(() => page.eval(ask, id), `the lab has done: ${name}`, CALL_MS);
      if (answer.error !== undefined) throw new Error(answer.error);
      return answer.value as never;
    },
    close: () => page.close(),
  };
}

/** Every contact's id, the true one first, and how many messages are stored with each. */
export type Talk = ReadonlyMap<string, number>;

/** Until so many are stored, half of them in the first conversation. */
export async function growTalk(browser: ChromiumBrowser, lab: StorageLab, before: Talk, messages: number): Promise<Talk> {
  const [first] = before.keys();
  const long = before.size === 1 ? messages : Math.floor(messages / 2);
  const each = Math.floor((messages - long) / Math.max(1, before.size - 1));
  const lengthOf = (id: string) => (id === first ? long : each);
  for (const [id, length] of before)
    for (let from = length + 1; from <= lengthOf(id); from += PER_CALL)
      await lab.call('fill', id, from, Math.min(lengthOf(id), from + PER_CALL - 1));
  for (const id of before.keys()) await lab.call('settle', id, lengthOf(id));
  // It has read what was there before.
  await browser.killWorker();
  return new Map([...before.keys()].map((id) => [id, lengthOf(id)]));
}

/** Until so many more are stored. */
export async function padTalk(lab: StorageLab, messages: number): Promise<void> {
  for (let left = messages; left > 0; left -= PER_CALL) await lab.call('pad', Math.min(left, PER_CALL));
}
