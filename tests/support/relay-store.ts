/** What a relay really holds: its database, read beside it. */
import { join } from 'node:path';
import { DATABASE_FILE, openDatabase } from '../../server/store/engine';
import type { RelayProcess } from './relay';

/** So many cells wait, by the queue's number in this database. Those that are over and not yet swept count too. */
export function waitingIn({ dataDir }: Pick<RelayProcess, 'dataDir'>): ReadonlyMap<number, number> {
  const database = openDatabase(join(dataDir, DATABASE_FILE), { readOnly: true });
  try {
    const rows = database.prepare('SELECT queue, count(*) AS cells FROM messages GROUP BY queue').all() as {
      queue: number;
      cells: number;
    }[];
    return new Map(rows.map(({ queue, cells }) => [Number(queue), Number(cells)]));
  } finally {
    database.close();
  }
}

export function cellsIn(relay: Pick<RelayProcess, 'dataDir'>): number {
  return [...waitingIn(relay).values()].reduce((sum, cells) => sum + cells, 0);
}
