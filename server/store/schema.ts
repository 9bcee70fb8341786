/** The database's tables, by version. A step is never edited once released; a new one is added behind it. */
import type { Database } from './engine';
import { StoreError } from './store';

const STEPS: readonly string[] = [
  `
  CREATE TABLE queues (
    number INTEGER PRIMARY KEY,
    rid BLOB NOT NULL UNIQUE,
    sid BLOB NOT NULL UNIQUE,
    new_id BLOB NOT NULL,
    reader_key BLOB NOT NULL,
    doorbell_key BLOB NOT NULL,
    writer_key BLOB,
    waiting_messages INTEGER NOT NULL DEFAULT 0,
    waiting_bytes INTEGER NOT NULL DEFAULT 0,
    UNIQUE (new_id, reader_key)
  ) STRICT;

  -- AUTOINCREMENT: a sequence freed by a deletion must not come back, or a reader past it would never see the message.
  CREATE TABLE messages (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    queue INTEGER NOT NULL REFERENCES queues (number),
    message_id BLOB NOT NULL,
    stored_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    cell BLOB NOT NULL,
    UNIQUE (queue, message_id)
  ) STRICT;
  CREATE INDEX messages_in_order ON messages (queue, sequence);
  CREATE INDEX messages_by_expiry ON messages (expires_at);

  CREATE TRIGGER message_added AFTER INSERT ON messages BEGIN
    UPDATE queues SET waiting_messages = waiting_messages + 1, waiting_bytes = waiting_bytes + length(new.cell)
    WHERE number = new.queue;
  END;
  CREATE TRIGGER message_removed AFTER DELETE ON messages BEGIN
    UPDATE queues SET waiting_messages = waiting_messages - 1, waiting_bytes = waiting_bytes - length(old.cell)
    WHERE number = old.queue;
  END;

  CREATE TABLE invites (
    invite_id BLOB PRIMARY KEY,
    owner_key BLOB NOT NULL,
    sealed BLOB NOT NULL,
    expires_at INTEGER NOT NULL,
    taker_key BLOB
  ) STRICT;
  CREATE INDEX invites_by_expiry ON invites (expires_at);

  CREATE TABLE clock (id INTEGER PRIMARY KEY CHECK (id = 1), latest_ms INTEGER NOT NULL) STRICT;
  INSERT INTO clock VALUES (1, 0);
  `,
  `
  CREATE TABLE boxes (
    number INTEGER PRIMARY KEY,
    box_id BLOB NOT NULL UNIQUE,
    owner_key BLOB NOT NULL,
    revision INTEGER NOT NULL,
    last_resort BLOB NOT NULL,
    expires_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX boxes_by_expiry ON boxes (expires_at);

  CREATE TABLE bundles (
    number INTEGER PRIMARY KEY,
    box INTEGER NOT NULL REFERENCES boxes (number) ON DELETE CASCADE,
    sealed BLOB NOT NULL
  ) STRICT;
  CREATE INDEX bundles_in_order ON bundles (box, number);
  `,
  // The store counts what waits: triggers cost a message two more rows. The index answers by itself.
  `
  DROP TRIGGER message_added;
  DROP TRIGGER message_removed;
  ALTER TABLE queues DROP COLUMN waiting_messages;
  ALTER TABLE queues DROP COLUMN waiting_bytes;
  DROP INDEX messages_in_order;
  CREATE INDEX messages_in_order ON messages (queue, sequence, length(cell));
  `,
  // Where a million messages wait, each index is a page more that every message writes. One answers all that is asked of a queue but
  // for the cells. Sequences are the store's to draw.
  `
  CREATE TABLE waiting (
    sequence INTEGER PRIMARY KEY,
    queue INTEGER NOT NULL REFERENCES queues (number),
    message_id BLOB NOT NULL,
    stored_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    cell BLOB NOT NULL
  ) STRICT;
  INSERT INTO waiting SELECT sequence, queue, message_id, stored_at, expires_at, cell FROM messages;
  DROP TABLE messages;
  ALTER TABLE waiting RENAME TO messages;
  CREATE INDEX messages_in_order ON messages (queue, sequence, message_id, expires_at, length(cell));
  CREATE INDEX messages_by_expiry ON messages (expires_at);
  `,
  `
  ALTER TABLE queues ADD COLUMN door_bits INTEGER NOT NULL DEFAULT 0;

  -- Idle queues are counted in days that the relay has run, so that a wrong clock at a start forgets nobody.
  ALTER TABLE clock ADD COLUMN running_ms INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE queues ADD COLUMN read_on_day INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX queues_by_last_reader ON queues (read_on_day);

  -- A number freed by a deletion must not come back: connections remember the numbers of the queues they may write.
  CREATE TABLE queue_numbers (id INTEGER PRIMARY KEY CHECK (id = 1), latest INTEGER NOT NULL) STRICT;
  INSERT INTO queue_numbers SELECT 1, coalesce(max(number), 0) FROM queues;

  CREATE TABLE tokens (
    token_hash BLOB PRIMARY KEY,
    queue INTEGER REFERENCES queues (number) ON DELETE CASCADE
  ) STRICT;
  CREATE INDEX tokens_by_queue ON tokens (queue);
  `,
];

export function versionOf(database: Database): number {
  return (database.prepare('PRAGMA user_version').get() as { user_version: number }).user_version;
}

export const SCHEMA_VERSION = STEPS.length;

/**
 * Takes the database to `target`, by default this relay's own version.
 * @throws {StoreError} newer-schema when a later relay has already changed this database.
 */
export function migrate(database: Database, target = SCHEMA_VERSION): void {
  const version = versionOf(database);
  if (version > SCHEMA_VERSION) throw new StoreError('newer-schema');
  for (const [index, step] of STEPS.slice(0, target).entries()) {
    if (index < version) continue;
    database.exec(`BEGIN IMMEDIATE; ${step} PRAGMA user_version = ${index + 1}; COMMIT`);
  }
}
