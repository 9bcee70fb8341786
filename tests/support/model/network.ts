/**
 * Two or more people over the worst of networks. Envelopes are lost, repeated, reordered and brought to the wrong person; boxes run
 * out of one-time prekeys and are handed out twice; disks are restored from yesterday. What must hold is checked at every step:
 *
 *   an envelope that arrives opens once, as what was said  ─ or ─  its loss has a cause that is known here, and a code
 *   what does not open changes nothing          no AES key and nonce seals twice          no one-time prekey begins two sessions
 */
import { expect } from 'vitest';
import { type Bytes, equalBytes, toHex, utf8 } from '../../../lib/protocol/bytes';
import type { Engine } from '../../../lib/protocol/engine';
import { ProtocolError, type ProtocolErrorCode } from '../../../lib/protocol/errors';
import { createIdentity, type Identity } from '../../../lib/protocol/identity';
import { type BoxAddress, openBundle, sealBundle } from '../../../lib/protocol/prekey-box';
import { createStock, lastResort, refillStock, rotateStock } from '../../../lib/protocol/prekey-stock';
import { offerPrekeys } from '../../../lib/protocol/prekeys';
import { initiateSession, type Session, sealEnvelope } from '../../../lib/protocol/session';
import { ARCHIVE_MS, nextGeneration, putSession, sendingSession } from '../../../lib/protocol/session-set';
import { MAX_RETIRED_CHAINS } from '../../../lib/protocol/skipped-keys';
import { NOW_MS, seededEngine, watchedEngine } from '../../unit/protocol/parties';
import { type Bond, digest, type Heard, hear, load, nameOf, type StoredBond, store } from './bond';

const HOUR_MS = 3600_000;
const DAY_MS = 24 * HOUR_MS;
const STEP_MS = 60_000;
const KEPT_KEY_MS = 14 * DAY_MS;
const BUNDLES = 2;

/** A box on the relay. Who holds the keys behind it is another matter. */
interface Box {
  readonly address: BoxAddress;
  oneTimes: Bytes[];
  lastResort: Bytes;
  taken: Bytes[];
  /** Filled from a memory that its owner no longer has. */
  isStale: boolean;
}

interface Person {
  readonly name: string;
  readonly identity: Identity;
  readonly bonds: Map<Person, Bond>;
  /** For each of the others. */
  readonly boxes: Map<Person, Box>;
  backup: Map<Person, StoredBond>;
}

interface Flight {
  readonly from: Person;
  readonly to: Person;
  readonly text: string;
  readonly envelope: Bytes;
  readonly sessionId: string;
  /** The sender's ratchet key: names the chain. */
  readonly chain: string;
  readonly sentAtMs: number;
}

/** What an onlooker who knows everything knows of a session. */
interface Known {
  readonly pair: readonly [Person, Person];
  /** What it was begun with, sealed. */
  readonly bundle: Bytes;
  readonly begunAtMs: number;
  /** One side lost or went back behind what it had: its envelopes may stay closed. */
  isTorn: boolean;
  readonly chainsHeard: Map<Person, string[]>;
}

export interface Tally {
  steps: number;
  said: number;
  opened: number;
  repeated: number;
  misdelivered: number;
  begun: number;
  lastResort: number;
  rolledBack: number;
  readonly lost: Partial<Record<ProtocolErrorCode, number>>;
}

export class Network {
  readonly people: readonly Person[];
  readonly tally: Tally = { steps: 0, said: 0, opened: 0, repeated: 0, misdelivered: 0, begun: 0, lastResort: 0, rolledBack: 0, lost: {} };
  readonly #engine: Engine;
  readonly #sealedWith: readonly string[];
  readonly #known = new Map<string, Known>();
  readonly #usedOneTimes = new Map<string, string>();
  #onTheWay: Flight[] = [];
  readonly #arrived: Flight[] = [];
  #nowMs = NOW_MS;

  constructor(seed: string, names: readonly string[]) {
    const watched = watchedEngine(seededEngine(seed));
    this.#engine = watched.engine;
    this.#sealedWith = watched.sealedWith;
    const engine = this.#engine;
    this.people = names.map((name) => ({
      name,
      identity: createIdentity(engine),
      bonds: new Map(),
      boxes: new Map(),
      backup: new Map(),
    }));
    for (const [one, other] of this.pairs()) {
      one.bonds.set(other, {
        set: [],
        stock: createStock(engine, this.#nowMs),
        generation: 0,
        healedAtMs: 0,
        read: new Set(),
        seen: new Set(),
      });
      const address = { relay: 'wss://relay.test', boxId: engine.randomBytes(16), secret: engine.randomBytes(32) };
      one.boxes.set(other, { address, oneTimes: [], lastResort: new Uint8Array(0), taken: [], isStale: false });
      this.fill(one, other);
    }
    for (const person of this.people) this.save(person);
  }

  /** Ordered. */
  pairs(): (readonly [Person, Person])[] {
    return this.people.flatMap((one) => this.people.filter((other) => other !== one).map((other) => [one, other] as const));
  }

  tick(ms = STEP_MS): void {
    this.#nowMs += ms;
    this.tally.steps += 1;
  }

  bond(one: Person, other: Person): Bond {
    return one.bonds.get(other) as Bond;
  }

  #box(owner: Person, other: Person): Box {
    return owner.boxes.get(other) as Box;
  }

  /** New one-time prekeys in the box, and new weekly ones when they are due. */
  fill(owner: Person, other: Person): void {
    const bond = this.bond(owner, other);
    const box = this.#box(owner, other);
    const { stock, fresh } = refillStock(this.#engine, rotateStock(this.#engine, bond.stock, this.#nowMs), BUNDLES);
    owner.bonds.set(other, { ...bond, stock });
    const seal = (prekeys: (typeof fresh)[number]) => sealBundle(this.#engine, box.address, offerPrekeys(owner.identity, prekeys));
    Object.assign(box, { oneTimes: fresh.map(seal), lastResort: seal(lastResort(stock)), taken: [], isStale: false });
  }

  /** Somebody takes all one-time bundles: from now on the last resort is handed out. */
  drain(owner: Person, other: Person): void {
    const box = this.#box(owner, other);
    box.taken.push(...box.oneTimes.splice(0));
  }

  /** The relay hands out again what it has handed out. */
  undrain(owner: Person, other: Person): void {
    const box = this.#box(owner, other);
    box.oneTimes.unshift(...box.taken.slice(-1));
  }

  /** A session of the next generation, over a bundle of the other one's box. */
  async begin(one: Person, other: Person): Promise<Session> {
    const box = this.#box(other, one);
    const bond = this.bond(one, other);
    const sealed = box.oneTimes.shift() ?? box.lastResort;
    const isAgain = box.taken.includes(sealed);
    if (sealed !== box.lastResort) box.taken.push(sealed);
    // Of two that were begun with one bundle, only the first to arrive is opened.
    if (isAgain) for (const known of this.#known.values()) if (known.bundle === sealed) known.isTorn = true;
    const bundle = await openBundle(this.#engine, box.address, sealed);
    expect(bundle.statement).toEqual(other.identity.statement);
    const generation = nextGeneration(bond.set, bond.generation, this.#nowMs);
    const session = await initiateSession(this.#engine, { identity: one.identity, bundle, generation });
    one.bonds.set(other, { ...bond, set: putSession(bond.set, session, this.#nowMs), generation });
    this.#known.set(toHex(session.id), {
      pair: [one, other],
      bundle: sealed,
      begunAtMs: this.#nowMs,
      isTorn: box.isStale || isAgain,
      chainsHeard: new Map([
        [one, []],
        [other, []],
      ]),
    });
    this.tally.begun += 1;
    if (session.isLastResort) this.tally.lastResort += 1;
    return session;
  }

  async say(from: Person, to: Person): Promise<void> {
    const sending = sendingSession(this.bond(from, to).set) ?? (await this.begin(from, to));
    const text = `${from.name} to ${to.name} ${this.tally.said++}`;
    const { session, envelope } = await sealEnvelope(this.#engine, sending, utf8(text), 'cell');
    const bond = this.bond(from, to);
    from.bonds.set(to, { ...bond, set: putSession(bond.set, session, this.#nowMs) });
    const chain = toHex(session.ratchet.ratchetKey.public);
    this.#onTheWay.push({ from, to, text, envelope, sessionId: toHex(session.id), chain, sentAtMs: this.#nowMs });
  }

  #hear(by: Person, as: Person, envelope: Bytes): Promise<Heard | ProtocolError> {
    const hearing = { identity: by.identity, statement: as.identity.statement, envelope, nowMs: this.#nowMs };
    return hear(this.#engine, this.bond(by, as), hearing).catch((error: unknown) => {
      if (error instanceof ProtocolError) return error;
      throw error;
    });
  }

  #mayBeLost({ to, sessionId, chain, sentAtMs }: Flight): boolean {
    const { isTorn, begunAtMs, chainsHeard } = this.#known.get(sessionId) as Known;
    const heard = chainsHeard.get(to) as string[];
    const isChainGivenUp = heard.includes(chain) && heard.length - 1 - heard.indexOf(chain) > MAX_RETIRED_CHAINS;
    return isTorn || isChainGivenUp || this.#nowMs - sentAtMs >= KEPT_KEY_MS || this.#nowMs - begunAtMs >= ARCHIVE_MS;
  }

  async #arrive(flight: Flight): Promise<void> {
    const { from, to, text, envelope, sessionId, chain } = flight;
    const before = this.bond(to, from);
    const unchanged = digest(before);
    const heard = await this.#hear(to, from, envelope);
    if (heard instanceof ProtocolError) {
      expect(digest(this.bond(to, from)), `${text}: ${heard.code} changed something`).toBe(unchanged);
      if (before.seen.has(nameOf(envelope))) return;
      expect(this.#mayBeLost(flight), `${text} was lost: ${heard.code} ${JSON.stringify(heard.details)}`).toBe(true);
      this.tally.lost[heard.code] = (this.tally.lost[heard.code] ?? 0) + 1;
      await this.#heal(to, from);
      return;
    }
    expect(heard.text).toBe(text);
    expect(toHex(heard.session.id)).toBe(sessionId);
    expect(before.read.has(text), `${text} was read twice`).toBe(false);
    to.bonds.set(from, heard.bond);
    this.tally.opened += 1;
    const chains = (this.#known.get(sessionId) as Known).chainsHeard.get(to) as string[];
    if (!chains.includes(chain)) chains.push(chain);
    if (heard.oneTimeId !== null) this.#begunBy(to, from, heard);
  }

  /** A session that the other side began: its one-time prekey is spent, and the box wants filling. */
  #begunBy(to: Person, from: Person, { oneTimeId, session }: Heard): void {
    if (oneTimeId) {
      const prekey = `${to.name} ${from.name} ${oneTimeId}`;
      const first = this.#usedOneTimes.get(prekey) ?? toHex(session.id);
      expect(toHex(session.id), 'a one-time prekey began two sessions').toBe(first);
      this.#usedOneTimes.set(prekey, toHex(session.id));
    }
    this.fill(to, from);
  }

  /** As the app does: at most once an hour, whatever arrives. */
  async #heal(one: Person, other: Person): Promise<void> {
    if (this.#nowMs - this.bond(one, other).healedAtMs < HOUR_MS) return;
    await this.begin(one, other);
    one.bonds.set(other, { ...this.bond(one, other), healedAtMs: this.#nowMs });
    this.fill(one, other);
    await this.say(one, other);
  }

  async deliver(pick: number): Promise<void> {
    if (this.#onTheWay.length === 0) return;
    const [flight] = this.#onTheWay.splice(pick % this.#onTheWay.length, 1) as [Flight];
    await this.#arrive(flight);
    this.#arrived.push(flight);
  }

  drop(pick: number): void {
    if (this.#onTheWay.length > 0) this.#onTheWay.splice(pick % this.#onTheWay.length, 1);
  }

  async repeat(pick: number): Promise<void> {
    const flight = this.#arrived[pick % this.#arrived.length];
    if (flight === undefined) return;
    this.tally.repeated += 1;
    await this.#arrive(flight);
  }

  /** Brought to somebody else, on any of their queues; or back to the sender. */
  async misdeliver(pick: number): Promise<void> {
    const flights = [...this.#onTheWay, ...this.#arrived];
    const flight = flights[pick % flights.length];
    if (flight === undefined) return;
    for (const [by, as] of this.pairs()) {
      if (by === flight.to && as === flight.from) continue;
      const unchanged = digest(this.bond(by, as));
      const heard = await this.#hear(by, as, flight.envelope);
      expect(heard, `${by.name} read what ${flight.from.name} wrote to ${flight.to.name}`).toBeInstanceOf(ProtocolError);
      expect(digest(this.bond(by, as))).toBe(unchanged);
      this.tally.misdelivered += 1;
    }
  }

  restart(person: Person): void {
    for (const [other, bond] of person.bonds) {
      const restored = load(store(bond));
      expect(restored).toEqual(bond);
      person.bonds.set(other, restored);
    }
  }

  save(person: Person): void {
    person.backup = new Map([...person.bonds].map(([other, bond]) => [other, store(bond)]));
  }

  #tear(person: Person): void {
    for (const known of this.#known.values()) if (known.pair.includes(person)) known.isTorn = true;
    for (const prekey of this.#usedOneTimes.keys()) if (prekey.startsWith(`${person.name} `)) this.#usedOneTimes.delete(prekey);
    for (const box of person.boxes.values()) box.isStale = true;
  }

  /** The disk of some time ago: sessions, prekeys and what was read. */
  rollBack(person: Person): void {
    for (const [other, stored] of person.backup) person.bonds.set(other, load(stored));
    this.#tear(person);
    this.tally.rolledBack += 1;
  }

  /** The contacts are all there, the sessions are not. */
  lose(person: Person): void {
    for (const [other, bond] of person.bonds) person.bonds.set(other, { ...bond, set: [] });
    this.#tear(person);
  }

  /** Everything on the way arrives, and each says three things: then both send on one session, and both read each other. */
  async calmDown(): Promise<void> {
    while (this.#onTheWay.length > 0) await this.deliver(0);
    for (let round = 0; round < 3; round++) {
      this.tick(HOUR_MS);
      for (const [one, other] of this.pairs()) await this.say(one, other);
      while (this.#onTheWay.length > 0) await this.deliver(0);
    }
    const openedBefore = this.tally.opened;
    for (const [one, other] of this.pairs()) await this.say(one, other);
    const flights = this.#onTheWay.length;
    while (this.#onTheWay.length > 0) await this.deliver(0);
    expect(this.tally.opened - openedBefore, 'everything is read once it is calm').toBe(flights);
    for (const [one, other] of this.pairs()) {
      const [mine, theirs] = [sendingSession(this.bond(one, other).set), sendingSession(this.bond(other, one).set)] as [Session, Session];
      expect(equalBytes(mine.id, theirs.id), `${one.name} and ${other.name} send on one session`).toBe(true);
    }
  }

  noKeyTwice(): void {
    expect(new Set(this.#sealedWith).size, 'no AES key and nonce seals twice').toBe(this.#sealedWith.length);
  }
}
