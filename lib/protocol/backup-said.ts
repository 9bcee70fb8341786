/** An edit, a reaction or a deletion that its reader had not confirmed, as a backup holds it: what it says stands in the messages. */
import { fromHex, type Reader, toHex, type Writer } from './bytes';
import { CONTENT_ID_BYTES, checkIdCount, MAX_DELETED_IDS, readIds, writeIds } from './content-life';
import { ProtocolError } from './errors';

/** Of the contact before it. Ids are content ids, 32 hex digits. */
export interface BackupSaid {
  readonly kind: 'said';
  readonly id: string;
  readonly mayWait: boolean;
  readonly atMs: number;
  readonly what:
    | { readonly kind: 'edit' | 'reaction'; readonly target: string; readonly sequence: number }
    | { readonly kind: 'delete'; readonly targets: readonly string[] };
}

const WHATS = ['edit', 'reaction', 'delete'] as const;

/** @throws {ProtocolError} bad-value, too-large */
export function writeSaid(writer: Writer, { id, mayWait, atMs, what }: BackupSaid): void {
  writer.fixed(fromHex(id), CONTENT_ID_BYTES).flag(mayWait).u64(atMs).u8(WHATS.indexOf(what.kind));
  if (what.kind !== 'delete') {
    writer.fixed(fromHex(what.target), CONTENT_ID_BYTES).f64(what.sequence);
    return;
  }
  checkIdCount(what.targets.length, MAX_DELETED_IDS);
  writeIds(writer, what.targets.map(fromHex));
}

/** @throws {ProtocolError} truncated, too-large, bad-value */
export function readSaid(reader: Reader): BackupSaid {
  const [id, mayWait, atMs] = [toHex(reader.bytes(CONTENT_ID_BYTES)), reader.flag(), reader.u64()];
  const kind = WHATS[reader.u8()];
  if (kind === undefined) throw new ProtocolError('bad-value', { reason: 'what was said' });
  const what =
    kind === 'delete'
      ? { kind, targets: readIds(reader, MAX_DELETED_IDS).map(toHex) }
      : { kind, target: toHex(reader.bytes(CONTENT_ID_BYTES)), sequence: reader.f64() };
  return { kind: 'said', id, mayWait, atMs, what };
}
