import { describe, expect, it } from 'vitest';
import { loopback } from '../../../lib/bus/loopback';
import { pacedChannel } from '../../../lib/bus/paced';

/** Frames as they were handed on: those of one turn together. */
function paced() {
  const [near, far] = loopback<number, string>();
  const draws: (() => void)[] = [];
  const channel = pacedChannel(near, (run) => void draws.push(run));
  const handedOn: number[] = [];
  channel.onFrame((frame) => handedOn.push(frame));
  channel.onClose(() => handedOn.push(Number.NaN));
  return {
    handedOn,
    close: far.close,
    async come(...frames: number[]) {
      for (const frame of frames) far.send(frame);
      await Promise.resolve();
    },
    draw: () => draws.splice(0).forEach((run) => void run()),
    isIdle: () => draws.length === 0,
  };
}

describe('a paced channel', () => {
  it('hands on what comes alone at once, and what follows with the next drawn frame, in its order', async () => {
    const page = paced();
    await page.come(1, 2, 3);
    expect(page.handedOn).toEqual([1]);
    page.draw();
    expect(page.handedOn).toEqual([1, 2, 3]);
    await page.come(4);
    expect(page.handedOn).toEqual([1, 2, 3]);
    page.draw();
    expect(page.handedOn).toEqual([1, 2, 3, 4]);
  });

  it('asks for no frames once nothing comes, and hands on at once again', async () => {
    const page = paced();
    await page.come(1);
    page.draw();
    expect(page.isIdle()).toBe(true);
    await page.come(2);
    expect(page.handedOn).toEqual([1, 2]);
  });

  it('hands on all that has come before it says that the other end is gone', async () => {
    const page = paced();
    await page.come(1, 2, 3);
    page.close();
    expect(page.handedOn).toEqual([1, 2, 3, Number.NaN]);
  });
});
