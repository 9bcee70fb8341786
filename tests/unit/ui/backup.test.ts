/** A page that makes a backup or reads one: one block at a time, and told the truth when it is interrupted. */
import { describe, expect, test } from 'vitest';
import type { BackupCommand, RestoreCommand, RestoreView, ViewResult } from '../../../lib/app/view';
import { type BackupFile, createBackupControl, type FileBytes } from '../../../lib/ui/backup';

type Asked = { readonly kind: BackupCommand['kind'] | RestoreCommand['kind'] } & Partial<{ block: FileBytes; sizeBytes: number }>;

const FOUND: RestoreView = { name: 'Ana', fingerprint: 'f'.repeat(32), madeAtMs: 0, contacts: 1, messages: 2, span: null };
const OK: ViewResult = { ok: true };

function part(byte: number, isLast: boolean, share: number): ViewResult {
  return { ok: true, part: { bytes: Uint8Array.of(byte), isLast, share } };
}

/** A background that answers when the test says so. */
function page() {
  const asked: Asked[] = [];
  const answers: ((result: ViewResult) => void)[] = [];
  const saved: { readonly name: string; readonly bytes: number[] }[] = [];
  let timers: (() => void)[] = [];
  const control = createBackupControl({
    ask(question) {
      asked.push(question);
      return new Promise((resolve) => answers.push(resolve));
    },
    saveFile: (name, parts) => saved.push({ name, bytes: parts.flatMap((bytes) => [...bytes]) }),
    after(_, run) {
      timers.push(run);
      return () => undefined;
    },
    now: () => Date.UTC(2026, 10, 21, 23, 59),
  });
  const settle = async () => {
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  };
  return {
    ...{ control, asked, saved },
    async answer(...results: ViewResult[]) {
      for (const result of results) {
        await settle();
        answers.shift()?.(result);
      }
      await settle();
    },
    pass() {
      const due = timers;
      timers = [];
      for (const run of due) run();
    },
    kinds: () => asked.map(({ kind }) => kind),
  };
}

function fileOf(sizeBytes: number): BackupFile {
  return { sizeBytes, read: async (start, end) => new Uint8Array(end - start) };
}

describe('making a backup', () => {
  test('asks for one block after the other and saves all of them under a name that says only the day', async () => {
    const { control, answer, kinds, saved } = page();
    control.make('seven blue kettles');
    await answer(part(1, false, 0), part(2, false, 0.5));
    expect(control.making.value).toEqual({ kind: 'running', share: 0.5 });
    expect(kinds()).toEqual(['backup.start', 'backup.next', 'backup.next']);
    await answer(part(3, true, 1));
    expect(saved).toEqual([{ name: 'tincan-2026-11-21.tincan-backup', bytes: [1, 2, 3] }]);
    expect(control.making.value).toMatchObject({ kind: 'saved' });
  });

  test('that a lock or a dead worker interrupts saves nothing, and says so', async () => {
    for (const code of ['locked', 'backup-ended'] as const) {
      const { control, answer, saved } = page();
      control.make('seven blue kettles');
      await answer(part(1, false, 0), { ok: false, code });
      expect(control.making.value).toEqual({ kind: 'failed', code: 'backup-ended' });
      expect(saved).toEqual([]);
    }
  });

  test('that the user stops is stopped at the background too, and a late answer changes nothing', async () => {
    const { control, answer, kinds, saved } = page();
    control.make('seven blue kettles');
    await answer(part(1, false, 0));
    control.stopMaking();
    await answer(part(2, true, 1));
    expect(kinds()).toEqual(['backup.start', 'backup.next', 'backup.stop']);
    expect(control.making.value).toEqual({ kind: 'idle' });
    expect(saved).toEqual([]);
  });
});

describe('reading a backup', () => {
  test('sends the header, then one block after the other, and shows what is in it', async () => {
    const { control, answer, asked, kinds } = page();
    control.read(fileOf(72 + 2 * 65_536), 'seven blue kettles');
    await answer(OK, OK);
    expect(control.reading.value).toMatchObject({ kind: 'running' });
    await answer({ ok: true, restore: FOUND });
    expect(control.reading.value).toEqual({ kind: 'shown', found: FOUND });
    expect(kinds()).toEqual(['restore.start', 'restore.next', 'restore.next']);
    expect(asked.map(({ block }) => block?.length)).toEqual([undefined, 65_536, 65_536]);
    control.keep();
    await answer(OK);
    expect(control.reading.value).toEqual({ kind: 'idle' });
  });

  test('that is only looked at keeps the background awake, and hears of it when that has forgotten', async () => {
    const { control, answer, pass, kinds } = page();
    control.read(fileOf(72 + 65_536), 'seven blue kettles');
    await answer(OK, { ok: true, restore: FOUND });
    pass();
    await answer(OK);
    expect(control.reading.value).toMatchObject({ kind: 'shown' });
    pass();
    await answer({ ok: false, code: 'backup-ended' });
    expect(kinds().slice(2)).toEqual(['restore.hold', 'restore.hold']);
    expect(control.reading.value).toEqual({ kind: 'failed', code: 'backup-ended' });
  });

  test('that the browser can’t read any more, or that is refused, fails by its cause and is let go of', async () => {
    const gone = page();
    gone.control.read({ sizeBytes: 99_999, read: () => Promise.reject(new Error('moved')) }, 'seven blue kettles');
    await gone.answer();
    expect(gone.control.reading.value).toEqual({ kind: 'failed', code: 'backup-unreadable' });
    const wrong = page();
    wrong.control.read(fileOf(72 + 65_536), 'seven blue kettle');
    await wrong.answer({ ok: false, code: 'backup-wrong' });
    expect(wrong.control.reading.value).toEqual({ kind: 'failed', code: 'backup-wrong' });
    expect(wrong.kinds()).toEqual(['restore.start', 'restore.stop']);
  });

  test('that the user leaves is stopped at the background, and holds nothing awake', async () => {
    const { control, answer, pass, kinds } = page();
    control.read(fileOf(72 + 65_536), 'seven blue kettles');
    await answer(OK, { ok: true, restore: FOUND });
    control.stopReading();
    pass();
    await answer();
    expect(kinds()).toEqual(['restore.start', 'restore.next', 'restore.stop']);
    expect(control.reading.value).toEqual({ kind: 'idle' });
  });
});
