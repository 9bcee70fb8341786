/** Why the database would not. */
import { AppError } from '../app/errors';

/** Below this a browser's database can't even be opened: it writes a file of its own first. */
const ROOM_BYTES = 4 * 1024 * 1024;

async function isFull(error: unknown): Promise<boolean> {
  const { name = '', message = '' } = error instanceof DOMException ? error : {};
  if (name === 'QuotaExceededError' || message.includes('NO_SPACE')) return true;
  // Chromium names a full disk to the first write alone: from then on the connection is gone, and no other can be opened.
  const storage = globalThis.navigator?.storage;
  const { usage, quota } = (await storage?.estimate().catch(() => undefined)) ?? {};
  return usage !== undefined && quota !== undefined && quota - usage < ROOM_BYTES;
}

export async function storageFailure(error: unknown): Promise<AppError> {
  if (error instanceof AppError) return error;
  return new AppError((await isFull(error)) ? 'storage-full' : 'storage-failed');
}
