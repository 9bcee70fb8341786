/** Much that comes at once is stored one by one, and shown in runs: telling pages of each would take longer than storing it. */
import { expect, test } from 'vitest';
import { twoContacts } from '../../support/two-parties';

const COUNT = 100;

test('what comes upon each other is told in runs, and nothing of it is left untold', async () => {
  const { ana, jun, clock } = await twoContacts('denied');
  jun.closeBrowser();
  const texts = Array.from({ length: COUNT }, (_, i) => `text ${i}`);
  for (const text of texts) await ana.ask({ kind: 'message.send', contactId: ana.contact().id, text, routing: 'relay' });
  await clock.until(() => ana.contact().waiting === 0, 'all held');
  jun.openBrowser();
  await clock.until(() => jun.page.view?.contacts[0]?.unread === COUNT, 'all came');
  expect(jun.messages().map(({ text }) => text)).toEqual(texts);
  const told = jun.page.frames.filter(
    (frame) => frame.kind === 'patch' && frame.patches.some((patch) => patch.kind === 'message' && !patch.message.isMine),
  );
  expect(told.length).toBeLessThan(COUNT / 4);
  expect(jun.badge?.unread).toBe(COUNT);
});

test('one that comes alone is told at once', async () => {
  const { ana, jun, clock } = await twoContacts('denied');
  for (let i = 0; i < 3; i++) {
    await ana.ask({ kind: 'message.send', contactId: ana.contact().id, text: `text ${i}`, routing: 'relay' });
    await clock.until(() => jun.messages().length === i + 1, 'told');
  }
});
