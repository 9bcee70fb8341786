/** What the two peers say to each other, and the network between them. Every message that arrives must open, once, as what was said. */
import type { Bytes } from '../../../lib/protocol/bytes';
import { decodeOpening, encodeOpening } from './codec';
import { RECEIVING_CHAINS } from './facts';
import type { Pair, Peer, Said } from './peers';

async function carry(from: Peer, to: Peer, text: string): Promise<void> {
  const heard = await to.hear(await from.say(text));
  if (heard !== text) throw new Error(`“${heard}” where “${text}” was said`);
}

/** The initiator speaks first. */
export async function roundTrips({ initiator, responder }: Pair, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    await carry(initiator, responder, `there ${i}`);
    await carry(responder, initiator, `and back ${i}`);
  }
}

const LOSS = 0.3;
const SPEAKS_ON = 0.6;
/** In messages of both. */
const LONGEST_DELAY = 40;
const REPEATED = 0.05;
const SPOILT = 0.03;

export interface Goal {
  readonly messages: number;
  /** Key epochs that both directions must have reached. */
  readonly epochs: number;
}

export interface Tally {
  said: number;
  arrived: number;
  /** Arrived after a later one of the same sender. */
  overtaken: number;
  /** Repeated or spoilt, and refused. */
  refused: number;
}

interface Flight {
  readonly text: string;
  readonly said: Said;
  readonly number: number;
  /** Rises when the sender speaks after having listened: there are no more ratchet chains than that. */
  readonly turn: number;
  readonly due: number;
}

class Side {
  readonly #peer: Peer;
  readonly #name: string;
  readonly #random: () => number;
  readonly tally: Tally = { said: 0, arrived: 0, overtaken: 0, refused: 0 };
  hasListened = false;
  #turn = 0;
  /** What this side has said and the other has not heard. */
  #flights: Flight[] = [];
  #latest = -1;

  constructor(peer: Peer, name: string, random: () => number) {
    this.#peer = peer;
    this.#name = name;
    this.#random = random;
  }

  async speak(step: number): Promise<void> {
    if (this.hasListened) this.#turn++;
    this.hasListened = false;
    const number = this.tally.said++;
    const text = `${this.#name} ${number} ${'.'.repeat(Math.floor(this.#random() * 200))}`;
    const flight = { text, said: await this.#peer.say(text), number, turn: this.#turn };
    if (this.#random() >= LOSS) this.#flights.push({ ...flight, due: step + Math.floor(this.#random() ** 2 * LONGEST_DELAY) });
  }

  /** In drawn order. */
  async deliver(step: number, to: Side): Promise<void> {
    const due = this.#flights.filter((flight) => flight.due <= step);
    const drawn = due.map((flight) => ({ flight, at: this.#random() })).sort((a, b) => a.at - b.at);
    for (const { flight } of drawn) await this.#land(flight, to);
  }

  /** Nobody keeps more chains than so many: what belongs to an earlier one lands first. */
  async #land(flight: Flight, to: Side): Promise<void> {
    if (!this.#flights.includes(flight)) return;
    this.#flights = this.#flights.filter((other) => other !== flight);
    for (const older of this.#flights.filter(({ turn }) => turn <= flight.turn - RECEIVING_CHAINS)) await this.#land(older, to);
    if (this.#random() < SPOILT) await this.#refuse(to, spoilt(flight.said, this.#random));
    const heard = await to.#peer.hear(flight.said);
    if (heard !== flight.text) throw new Error(`“${heard}” where “${flight.text}” was said`);
    to.hasListened = true;
    this.tally.arrived++;
    if (flight.number < this.#latest) this.tally.overtaken++;
    this.#latest = Math.max(this.#latest, flight.number);
    if (this.#random() < REPEATED) await this.#refuse(to, flight.said);
  }

  async #refuse(to: Side, said: Said): Promise<void> {
    const opened = await to.#peer.hear(said).then(
      () => true,
      () => false,
    );
    if (opened) throw new Error('a message that must not open did');
    this.tally.refused++;
  }
}

function flipped(bytes: Bytes, random: () => number): Bytes {
  const copy = new Uint8Array(bytes);
  const at = Math.floor(random() * copy.length);
  copy[at] = (copy[at] as number) ^ (1 << Math.floor(random() * 8));
  return copy;
}

/** One bit of the message itself, which its MAC covers; no MAC covers what an opening puts around it. */
function spoilt({ hasOpening, bytes }: Said, random: () => number): Said {
  if (!hasOpening) return { hasOpening, bytes: flipped(bytes, random) };
  const { opening, message } = decodeOpening(bytes);
  return { hasOpening, bytes: encodeOpening(opening, flipped(message, random)) };
}

/** Both speak at will; nobody speaks before there is a session. At the end all that is still on its way arrives. */
export async function talkThroughLoss({ ours, initiator, responder }: Pair, goal: Goal, random: () => number): Promise<[Tally, Tally]> {
  const sides = [new Side(initiator, 'initiator', random), new Side(responder, 'responder', random)] as const;
  const [first, second] = sides;
  const isReached = () => {
    const { sending, receiving } = ours.session.pqRatchet.chains;
    return first.tally.said + second.tally.said >= goal.messages && Math.min(sending.epoch, receiving.epoch) >= goal.epochs;
  };
  let speaker: Side = first;
  for (let step = 0; first.tally.arrived === 0 || !isReached(); step++) {
    if (step > 20 * goal.messages) throw new Error('no end');
    if (random() >= SPEAKS_ON && first.tally.arrived > 0) speaker = speaker === first ? second : first;
    await speaker.speak(step);
    await first.deliver(step, second);
    await second.deliver(step, first);
  }
  await first.deliver(Number.POSITIVE_INFINITY, second);
  await second.deliver(Number.POSITIVE_INFINITY, first);
  return [first.tally, second.tally];
}
