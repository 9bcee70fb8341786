/**
 * What is asked of every server in the contest: pairs of a writer and a reader, at most WINDOW messages of a pair under way at a
 * time. Each server is a process of its own; the load is this process.
 */
import { readFileSync } from 'node:fs';

export const CELL_BYTES = 4096;
export const PAIRS = 32;
/** Messages a writer has under way: sent, and not yet answered or not yet arrived. */
const WINDOW = 16;

/** A writer, its reader, and what becomes of the messages between them. */
export interface Pair {
  /** Sends one message more and returns its number, with which the events come back. */
  send(): number;
  /** A server that answers nothing counts a message as answered when it arrives. */
  onAnswered: (number: number) => void;
  onArrived: (number: number) => void;
}

export interface Contestant {
  readonly pid: number;
  readonly pairs: readonly Pair[];
  stop(): Promise<void>;
}

/** One that also stores. */
export interface Keeper extends Contestant {
  /** From now on what is sent is stored. */
  leaveReaders(): Promise<void>;
  /** Readers come back, take what waits and acknowledge it, until nothing is left. */
  drain(): Promise<void>;
}

/** Resolves when each message has been answered and, unless nobody reads, has arrived. */
function passOn(pair: Pair, count: number, isRead: boolean): Promise<void> {
  return new Promise((resolve) => {
    let [sent, answered, arrived] = [0, 0, 0];
    const step = () => {
      const done = isRead ? Math.min(answered, arrived) : answered;
      for (; sent < count && sent - done < WINDOW; sent++) pair.send();
      if (done === count) resolve();
    };
    pair.onAnswered = () => {
      answered++;
      step();
    };
    pair.onArrived = () => {
      arrived++;
      step();
    };
    step();
  });
}

/** Returns how many messages that were. */
export async function pass({ pairs }: Contestant, count: number, isRead = true): Promise<number> {
  const perPair = Math.ceil(count / pairs.length);
  await Promise.all(pairs.map((pair) => passOn(pair, perPair, isRead)));
  return perPair * pairs.length;
}

// Linux counts CPU time in hundredths of a second for every program that asks (proc(5), USER_HZ).
const TICK_SECONDS = 0.01;

/** User and system time of all threads of a process, in seconds. */
export function cpuSeconds(pid: number): number {
  // The name, in parentheses, may hold spaces: fields are counted behind it.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * TICK_SECONDS;
}

/** Resident memory of a process. */
export function residentBytes(pid: number): number {
  const [, kiB] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kiB) * 1024;
}
