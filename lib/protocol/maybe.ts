/** A field that may be missing: a flag, and the value where it is 1. */
import type { Reader, Writer } from './bytes';

export function writeMaybe<Value>(writer: Writer, value: Value | null, write: (value: Value) => void): void {
  writer.flag(value !== null);
  if (value !== null) write(value);
}

export const readMaybe = <Value>(reader: Reader, read: () => Value): Value | null => (reader.flag() ? read() : null);
