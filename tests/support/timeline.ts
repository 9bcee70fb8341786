/** How far a message has come, in the words of a test's table. */
import type { MessageView } from '../../lib/app/view';

/** `local`, or the ways it has gone, in their order: `held delivered read`; and how it ended. @throws {Error} when its times contradict each other. */
export function timelineOf({ delivery, sentAtMs }: MessageView): string {
  if (!delivery) throw new Error('not a message of one’s own');
  const { heldAtMs, heldUntilMs, deliveredAtMs, readAtMs, outcome, takeBack, stage } = delivery;
  const steps = [
    ['held', heldAtMs],
    ['delivered', deliveredAtMs],
    ['read', readAtMs],
  ] as const;
  const gone = steps.flatMap(([name, atMs]) => (atMs == null ? [] : [{ name, atMs }]));
  const times = [sentAtMs, ...gone.map(({ atMs }) => atMs)];
  if (times.some((atMs, i) => i > 0 && atMs < (times[i - 1] ?? 0))) throw new Error(`out of order: ${times.join(' ')}`);
  if ((heldAtMs == null) !== (heldUntilMs == null)) throw new Error('held without a date, or a date without being held');
  if ((gone.at(-1)?.name ?? 'local') !== stage) throw new Error(`says ${stage} after ${gone.map(({ name }) => name).join(' ')}`);
  const ended = outcome ? [outcome.kind === 'failed' ? `failed(${outcome.cause})` : outcome.kind] : [];
  const words = [...gone.map(({ name }) => name), ...ended, ...(takeBack ? [takeBack] : [])];
  return words.join(' ') || 'local';
}
