/** A device with the real lock over a database in memory. Calls to the disk, to the browser's session and to Argon2id may fail or be the last. */
import { promisifyRequest } from 'idb-keyval';
import { AppError } from '../../lib/app/errors';
import type { Keyring, Store, StoreKey } from '../../lib/app/ports';
import type { Argon2Input } from '../../lib/protocol/argon2';
import { type Bytes, utf8 } from '../../lib/protocol/bytes';
import { hash } from '../../lib/protocol/kdf';
import { openRecords } from '../../lib/storage/database';
import { createKeyring, type KeyringParts } from '../../lib/storage/keyring';
import type { Root } from '../../lib/storage/root';
import { type Fault, Faults } from './faults';

/** As slow as nothing, and still different for every input. */
export const quickArgon2id = async ({ password, salt, memoryKib, passes, lanes }: Argon2Input): Promise<Bytes> =>
  hash(utf8(`${memoryKib} ${passes} ${lanes} `), salt, password);

type Called = 'disk' | 'session' | 'argon2id';
const REFUSALS: Readonly<Record<Called, () => Error>> = {
  disk: () => new AppError('storage-failed'),
  session: () => new Error('no session'),
  argon2id: () => new Error('no memory'),
};

export class MortalDevice {
  readonly #name = crypto.randomUUID();
  #database = openRecords(this.#name);
  readonly #faults = new Faults();
  #worker = { isAlive: true };
  session: Bytes | null = null;
  nowMs = 1_800_000_000_000;
  damaged: StoreKey[] = [];
  /** So many secrets were tried or set. */
  stretched = 0;
  keyring!: Keyring;
  store!: Store;

  constructor() {
    this.startWorker();
  }

  /** Nothing of the one before is left in memory, and nothing breaks. */
  startWorker(): void {
    this.#worker.isAlive = false;
    this.#faults.disarm();
    this.#database.close();
    this.#database = openRecords(this.#name);
    this.damaged = [];
    const worker = { isAlive: true };
    this.#worker = worker;
    const call = (called: Called) => {
      return <T>(run: () => Promise<T>) => this.#faults.call({ isAlive: () => worker.isAlive, called, run, refusal: REFUSALS[called] });
    };
    const [onDisk, inSession, stretching] = [call('disk'), call('session'), call('argon2id')];
    const disk = this.#database;
    const parts: KeyringParts = {
      crypto,
      now: () => this.nowMs,
      onDamaged: (key) => void this.damaged.push(key),
      argon2id: (input) => {
        this.stretched += 1;
        return stretching(() => quickArgon2id(input));
      },
      database: {
        use: (mode, run) => onDisk(() => disk.use(mode, run)),
        writeStrictly: (write) => onDisk(() => disk.writeStrictly(write)),
        close: () => disk.close(),
      },
      session: {
        get: () => inSession(async () => this.session?.slice() ?? null),
        set: (key) =>
          inSession(async () => {
            this.session = key.slice();
          }),
        clear: () =>
          inSession(async () => {
            this.session = null;
          }),
      },
    };
    Object.assign(this, createKeyring(parts));
  }

  startBrowser(): void {
    this.session = null;
    this.startWorker();
  }

  /** What `act` came to: 'done', the code it was refused with, or 'died'. */
  async suffer(fault: Fault, act: () => Promise<unknown>): Promise<string> {
    const worker = this.#worker;
    const died = new Promise<string>((resolve) => {
      this.#faults.arm(fault, () => {
        worker.isAlive = false;
        resolve('died');
      });
    });
    const ended = act().then(
      () => 'done',
      (error: unknown) => (error instanceof AppError ? error.code : 'internal'),
    );
    const outcome = await Promise.race([ended, died]);
    this.#faults.disarm();
    return outcome;
  }

  get struck(): string | null {
    return this.#faults.struck;
  }

  raw<Value>(key: IDBValidKey): Promise<Value> {
    return this.#database.use('readonly', (records) => promisifyRequest<Value>(records.get(key)));
  }

  count(): Promise<number> {
    return this.#database.use('readonly', (records) => promisifyRequest(records.count()));
  }

  root(): Promise<Root> {
    return this.raw<Root>('vault-root');
  }

  close(): void {
    this.#database.close();
  }
}
