import { afterEach, expect, it, vi } from 'vitest';
import { askMicrophone, openMicrophone } from '../../../entrypoints/permissions/microphone';

function browserAnswers(getUserMedia: () => Promise<unknown>): void {
  vi.stubGlobal('navigator', { mediaDevices: { getUserMedia } });
}

const refuses = (name: string) => browserAnswers(() => Promise.reject(new DOMException('', name)));

afterEach(() => vi.unstubAllGlobals());

it.each(['NotFoundError', 'NotReadableError', 'OverconstrainedError'])('%s means that no microphone is there', async (name) => {
  refuses(name);
  expect(await openMicrophone()).toEqual({ kind: 'no-microphone' });
});

it.each(['NotAllowedError', 'SecurityError'])('%s means that the browser does not allow it', async (name) => {
  refuses(name);
  expect(await openMicrophone()).toEqual({ kind: 'permission' });
});

it('who only asks lets the microphone go again', async () => {
  const stop = vi.fn();
  browserAnswers(async () => ({ getTracks: () => [{ stop }] }));
  expect(await askMicrophone()).toBe('ok');
  expect(stop).toHaveBeenCalledOnce();
});
