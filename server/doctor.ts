/** `doctor`: looks at everything around a relay that can be wrong, and says of each what to do. Reaches nothing but this machine. */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { isIntact } from './backup';
import type { Config } from './config';
import { type DiskLimits, floorBytes, isUnderFloor, roomOf } from './disk';
import { checkAddress, checkPort, checkRunning, checkStun } from './doctor-network';
import { type Finding, fault, fine, SET_CLOCK, warning } from './finding';
import { failureCode } from './log';
import { DATABASE_FILE, type Database, LOCK_FILE, lockDirectory, openDatabase } from './store/engine';

const NEEDED_NODE = [20, 19] as const;
const MIB = 1024 * 1024;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
// No relay of this version ran before.
const EARLIEST_MS = Date.UTC(2026, 0, 1);
const LONGEST_RETENTION_MS = 10 * DAY_MS;

export function checkNode(version = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isOld = major < NEEDED_NODE[0] || (major === NEEDED_NODE[0] && minor < NEEDED_NODE[1]);
  return isOld ? fault(`Node ${version} is too old.`, `Install Node ${NEEDED_NODE.join('.')} or newer.`) : fine(`Node ${version}`);
}

/** The directory, or the nearest one above it that exists. */
function nearest(directory: string): string {
  return existsSync(directory) || dirname(directory) === directory ? directory : nearest(dirname(directory));
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

export function checkDirectory(dataDirectory: string): Finding {
  const directory = resolve(dataDirectory);
  const remedy = 'Run the relay as the user who owns it, or choose another with DATA_DIR.';
  const database = join(directory, DATABASE_FILE);
  for (const path of [nearest(directory), ...(existsSync(database) ? [database] : [])])
    if (!isWritable(path)) return fault(`${path} can't be written by this user.`, remedy);
  if (!existsSync(directory)) return fine(`${directory} will be made`);
  if ((statSync(directory).mode & 0o077) !== 0)
    return warning(`Other users of this machine can look into ${directory}.`, `Run: chmod 700 ${directory}`);
  return fine(`${directory} is this user's alone`);
}

export async function checkDisk(dataDirectory: string, limits: DiskLimits, reusableBytes: number): Promise<Finding> {
  const room = await roomOf(nearest(resolve(dataDirectory)));
  const told = `${Math.floor(room.freeBytes / MIB)} MiB are free for ${resolve(dataDirectory)}; new messages are refused under ${Math.ceil(floorBytes(room, limits) / MIB)} MiB`;
  if (!isUnderFloor(room, reusableBytes, limits)) return fine(told);
  return fault(`Only ${told}.`, 'Free some room on this disk, or move DATA_DIR to a larger one.');
}

/** `latestMs`: the latest time a relay has noted in the database; 0 for none. */
export function checkClock(latestMs: number, wallMs = Date.now()): Finding {
  const remedy = `Set the clock, for example with: ${SET_CLOCK}`;
  const days = (ms: number) => `${(ms / DAY_MS).toFixed(1)} days`;
  if (wallMs < EARLIEST_MS) return fault(`This machine's clock says ${new Date(wallMs).toISOString()}.`, remedy);
  if (wallMs < latestMs - MINUTE_MS)
    return fault(
      `The clock is ${days(latestMs - wallMs)} behind what a relay here has already seen: messages would live that much longer.`,
      remedy,
    );
  if (latestMs > 0 && wallMs > latestMs + LONGEST_RETENTION_MS)
    return warning(
      `No relay has run here for ${days(wallMs - latestMs)}, or the clock is ahead: everything stored expires at the start.`,
      `If no relay should have stood still for so long: ${remedy}`,
    );
  return fine('the clock is plausible');
}

function isLocked(dataDirectory: string): boolean {
  const lock = join(dataDirectory, LOCK_FILE);
  if (!existsSync(lock)) return false;
  try {
    lockDirectory(lock).close();
    return false;
  } catch (error) {
    return failureCode(error) === 'in-use';
  }
}

interface Stored {
  readonly latestMs: number;
  readonly reusableBytes: number;
  readonly finding: Finding;
}

function readStored(database: Database, path: string): Stored {
  const { latest_ms: latestMs } = database.prepare('SELECT latest_ms FROM clock').get() as { latest_ms: number };
  const { bytes: reusableBytes } = database
    .prepare('SELECT freelist_count * page_size AS bytes FROM pragma_freelist_count, pragma_page_size')
    .get() as { bytes: number };
  const isWhole = isIntact(database);
  const finding = isWhole ? fine(`${path} is whole`) : damaged(path);
  return { latestMs, reusableBytes, finding };
}

function damaged(path: string): Finding {
  return fault(`${path} is damaged.`, 'Stop the relay, and restore the latest backup with: restore FILE --replace');
}

function lookInto(dataDirectory: string): Stored {
  const path = join(resolve(dataDirectory), DATABASE_FILE);
  if (!existsSync(path)) return { latestMs: 0, reusableBytes: 0, finding: fine('there is no database yet') };
  try {
    const database = openDatabase(path, { readOnly: true });
    try {
      return readStored(database, path);
    } finally {
      database.close();
    }
  } catch {
    return { latestMs: 0, reusableBytes: 0, finding: damaged(path) };
  }
}

/** Changes nothing. */
export async function examine(config: Config): Promise<readonly Finding[]> {
  const { dataDirectory, limits } = config;
  const isRunning = isLocked(dataDirectory);
  const stored = lookInto(dataDirectory);
  return [
    checkNode(),
    checkDirectory(dataDirectory),
    await checkDisk(dataDirectory, limits, stored.reusableBytes),
    stored.finding,
    checkClock(stored.latestMs),
    await checkPort(config, isRunning),
    await checkStun(config, isRunning),
    checkAddress(config),
    ...(await checkRunning(config, isRunning)),
  ];
}
