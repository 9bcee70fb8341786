/**
 * All sessions with one contact. One of them sends, every one receives, so that messages on their way are read whichever
 * session they were sealed in.
 *
 * Both sides order by the same rule, and so end on the same session once both know both:
 *
 *   later generation ▸ answered before unanswered ▸ lower session id
 *
 * Two that start at once (each with a prekey bundle of the other) make two sessions of one generation: each side sends on the one the
 * other is known to hold, and both on the lower id once both are. A session made to heal a broken one has the next generation.
 * All others are archived: they receive for 30 days, and at most 40 are kept.
 */
import { compareBytes, equalBytes } from './bytes';
import type { Engine } from './engine';
import { ProtocolError } from './errors';
import { type Opened, openEnvelope, type Session } from './session';

const MAX_ARCHIVED = 40;
/** Longer than an envelope is repeated (7 days) and a relay keeps it (10 days). */
export const ARCHIVE_MS = 30 * 24 * 3600_000;
const MAX_GENERATION = 0xffff_ffff;

export interface HeldSession {
  readonly session: Session;
  /** Since when another one sends; null for the one that does. */
  readonly archivedAtMs: number | null;
}

/** The sending session first. A value, as a session is. */
export type SessionSet = readonly HeldSession[];

function isAnswered({ stage }: Session): boolean {
  return stage.kind !== 'unanswered';
}

/** Negative when `a` is to be preferred. */
function compare(a: Session, b: Session): number {
  if (a.generation !== b.generation) return b.generation - a.generation;
  if (isAnswered(a) !== isAnswered(b)) return isAnswered(a) ? -1 : 1;
  return compareBytes(a.id, b.id);
}

function arrange(held: readonly HeldSession[], nowMs: number): SessionSet {
  const sorted = [...held].sort((a, b) => compare(a.session, b.session));
  const arranged = sorted.map(({ session, archivedAtMs }, place): HeldSession => {
    return { session, archivedAtMs: place === 0 ? null : (archivedAtMs ?? nowMs) };
  });
  const living = arranged.filter(({ archivedAtMs }) => archivedAtMs === null || nowMs - archivedAtMs < ARCHIVE_MS);
  if (living.length <= MAX_ARCHIVED + 1) return living;
  const oldest = Math.min(...living.map(({ archivedAtMs }) => archivedAtMs ?? Number.POSITIVE_INFINITY));
  const at = living.findLastIndex(({ archivedAtMs }) => archivedAtMs === oldest);
  return arrange(living.toSpliced(at, 1), nowMs);
}

/** The one that sends; null when there is none. */
export function sendingSession(set: SessionSet): Session | null {
  return set[0]?.session ?? null;
}

/** Puts a new session in, or the next step of one that is there. */
export function putSession(set: SessionSet, session: Session, nowMs: number): SessionSet {
  const others = set.filter((held) => !equalBytes(held.session.id, session.id));
  const before = set.find((held) => equalBytes(held.session.id, session.id));
  return arrange([...others, { session, archivedAtMs: before?.archivedAtMs ?? null }], nowMs);
}

/**
 * Of a session that is to replace all others, those too that are lost: `latest` is the latest ever known. The time stands in for
 * what a restored device no longer knows: counting alone, it would stay below the contact's sessions for hours.
 * @throws {ProtocolError} too-large when no later one is possible.
 */
export function nextGeneration(set: SessionSet, latest: number, nowMs: number): number {
  const last = Math.max(latest, ...set.map(({ session }) => session.generation));
  if (last >= MAX_GENERATION) throw new ProtocolError('too-large', { generation: last });
  return Math.max(last + 1, Math.min(Math.floor(nowMs / 1000), MAX_GENERATION));
}

/**
 * The session that opens the envelope, in its next step; null when none of them does: at most 41 × 7 headers are tried.
 * @throws {ProtocolError} as `openEnvelope`
 */
export async function openWithAny(engine: Engine, set: SessionSet, envelope: Uint8Array, nowMs: number): Promise<Opened | null> {
  for (const { session } of set) {
    const opened = await openEnvelope(engine, session, envelope, nowMs);
    if (opened) return opened;
  }
  return null;
}
