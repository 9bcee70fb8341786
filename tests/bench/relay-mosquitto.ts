/**
 * Mosquitto in the contest: QoS 1, lasting sessions, written to the disk on every change. Its acknowledgement does not wait for the
 * disk, as this relay's does.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { debianCommand, firstOf, installDebianPackages } from '../support/packages';
import { randomBytes } from '../support/relay';
import { CELL_BYTES, type Keeper, PAIRS, type Pair } from './relay-contest';
import { acknowledge, disconnect, idOf, logIn, MQTT, PUBACK, PUBLISH, publish, subscribe, typeOf } from './relay-mqtt';
import { Wire } from './relay-wire';

const START_MS = 10_000;
/** As many as this relay leaves unacknowledged in a queue. */
const IN_FLIGHT = 64;
const MAX_ID = 0xffff;

function locate(): string {
  const find = () => firstOf(['mosquitto'], ['/usr/sbin/mosquitto']);
  if (find() === undefined) installDebianPackages(['mosquitto']);
  const found = find();
  if (found === undefined) throw new Error(`mosquitto is not installed. Install it: ${debianCommand(['mosquitto'])}`);
  return found;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

function configuration(port: number, folder: string): string {
  const lines = [
    `listener ${port} 127.0.0.1`,
    'allow_anonymous true',
    `user ${userInfo().username}`,
    'persistence true',
    `persistence_location ${folder}/`,
    'autosave_interval 1',
    'autosave_on_changes true',
    `max_inflight_messages ${IN_FLIGHT}`,
    'max_queued_messages 0',
    'set_tcp_nodelay true',
    'log_type none',
  ];
  return `${lines.join('\n')}\n`;
}

async function connected(port: number): Promise<Wire> {
  const endMs = performance.now() + START_MS;
  for (;;) {
    const wire = await Wire.connect({ port }, MQTT).catch(() => null);
    if (wire) return wire;
    if (performance.now() > endMs) throw new Error('mosquitto did not start');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

class MqttPair implements Pair {
  onAnswered: (number: number) => void = () => undefined;
  onArrived: (number: number) => void = () => undefined;
  readonly #port: number;
  readonly #name: string;
  readonly #cell = randomBytes(CELL_BYTES);
  #writer: Wire | null = null;
  #reader: Wire | null = null;
  #isSubscribed = false;
  #sent = 0;
  #waiting = 0;
  #onNoneWaiting: () => void = () => undefined;

  constructor(port: number, name: string) {
    this.#port = port;
    this.#name = name;
  }

  async startWriting(): Promise<void> {
    this.#writer = await connected(this.#port);
    await logIn(this.#writer, `writer-${this.#name}`, true);
    this.#writer.listen((packet) => {
      if (typeOf(packet) === PUBACK) this.onAnswered(idOf(packet));
    });
  }

  /** Resolves when everything that waited has been read. */
  async startReading(): Promise<void> {
    const reader = await connected(this.#port);
    this.#reader = reader;
    await logIn(reader, `reader-${this.#name}`, false);
    // A session that goes on has its subscription, and its messages come at once.
    if (!this.#isSubscribed) await subscribe(reader, this.#name);
    this.#isSubscribed = true;
    const allRead = new Promise<void>((resolve) => {
      this.#onNoneWaiting = resolve;
      if (this.#waiting <= 0) resolve();
    });
    reader.listen((packet) => {
      if (typeOf(packet) !== PUBLISH) return;
      const id = idOf(packet);
      reader.send(acknowledge(id));
      // What the broker repeats after a reconnection is counted twice.
      this.#waiting--;
      if (this.#waiting <= 0) this.#onNoneWaiting();
      this.onArrived(id);
    });
    await allRead;
    this.#waiting = 0;
  }

  async stopReading(): Promise<void> {
    if (this.#reader) await disconnect(this.#reader);
  }

  send(): number {
    const id = (this.#sent++ % MAX_ID) + 1;
    this.#waiting++;
    this.#writer?.send(publish(this.#name, id, this.#cell));
    return id;
  }
}

export async function startMosquitto(): Promise<Keeper> {
  const program = locate();
  const folder = mkdtempSync(join(tmpdir(), 'tincan-mosquitto-'));
  const file = join(folder, 'mosquitto.conf');
  const port = await freePort();
  writeFileSync(file, configuration(port, folder));
  const child = spawn(program, ['-c', file], { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const pairs = Array.from({ length: PAIRS }, (_, index) => new MqttPair(port, `pair-${index}`));
  const all = async (step: (pair: MqttPair) => Promise<void>) => {
    await Promise.all(pairs.map(step));
  };
  await all((pair) => pair.startReading());
  await all((pair) => pair.startWriting());
  return {
    pid: child.pid as number,
    pairs,
    leaveReaders: () => all((pair) => pair.stopReading()),
    drain: () => all((pair) => pair.startReading()),
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
