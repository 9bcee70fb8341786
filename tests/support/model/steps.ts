/** What may happen to a network, at random. Two kinds of weather: honest disks, and disks that are lost or restored. */
import fc from 'fast-check';
import { Network, type Tally } from './network';

const HONEST = {
  say: 12,
  deliver: 12,
  drop: 2,
  repeat: 2,
  misdeliver: 1,
  restart: 2,
  begin: 1,
  beginBoth: 1,
  drain: 1,
  fill: 1,
  week: 0.1,
} as const;

const TORN = { ...HONEST, undrain: 1, save: 1.5, rollBack: 1, lose: 0.3 } as const;

type Kind = keyof typeof TORN;

interface Step {
  readonly kind: Kind;
  readonly who: number;
  readonly whom: number;
  readonly pick: number;
}

export type Weather = 'honest' | 'torn';

const WEEK_MS = 7 * 24 * 3600_000;

function stepIn(weather: Weather): fc.Arbitrary<Step> {
  const kinds = Object.entries(weather === 'honest' ? HONEST : TORN).map(([kind, weight]) => ({
    weight: Math.round(weight * 10),
    arbitrary: fc.constant(kind as Kind),
  }));
  return fc.record({ kind: fc.oneof(...kinds), who: fc.nat(2), whom: fc.nat(1), pick: fc.nat(40) });
}

async function perform(network: Network, { kind, who, whom, pick }: Step): Promise<void> {
  network.tick();
  const pairs = network.pairs();
  const [one, other] = pairs[(who * 2 + whom) % pairs.length] as (typeof pairs)[number];
  switch (kind) {
    case 'say':
    case 'begin':
      return kind === 'say' ? network.say(one, other) : network.begin(one, other).then(() => network.say(one, other));
    case 'beginBoth':
      await network.begin(one, other);
      await network.begin(other, one);
      await network.say(one, other);
      return network.say(other, one);
    case 'deliver':
    case 'repeat':
    case 'misdeliver':
      return network[kind](pick);
    case 'drop':
      return network.drop(pick);
    case 'drain':
    case 'undrain':
    case 'fill':
      return network[kind](one, other);
    case 'week':
      network.tick(WEEK_MS);
      for (const [owner, peer] of pairs) network.fill(owner, peer);
      return;
    case 'rollBack':
      network.rollBack(one);
      // Its next words are under keys that may have been used.
      for (const [from, to] of pairs) if (from === one) await network.say(from, to);
      return;
    case 'restart':
    case 'save':
    case 'lose':
      return network[kind](one);
    default:
      return kind satisfies never;
  }
}

export interface Runs {
  readonly names: readonly string[];
  readonly weather: Weather;
  readonly runs: number;
  readonly steps: number;
  readonly seed: number;
}

/** Runs of about so many steps each; answers what happened in all of them together. */
export async function model({ names, weather, runs, steps, seed }: Runs): Promise<Tally> {
  const total: Tally = new Network('nobody', []).tally;
  const script = fc.array(stepIn(weather), { minLength: Math.floor(steps * 0.8), maxLength: Math.ceil(steps * 1.2) });
  const property = fc.asyncProperty(fc.nat(), script, async (keys, drawn) => {
    const network = new Network(`network ${keys}`, names);
    for (const step of drawn) await perform(network, step);
    await network.calmDown();
    network.noKeyTwice();
    for (const [code, count] of Object.entries(network.tally.lost)) {
      const known = code as keyof Tally['lost'];
      total.lost[known] = (total.lost[known] ?? 0) + count;
    }
    for (const key of ['steps', 'said', 'opened', 'repeated', 'misdelivered', 'begun', 'lastResort', 'rolledBack'] as const)
      total[key] += network.tally[key];
  });
  // A failing run is a hundred steps of real cryptography: what is printed leads back to it, and nothing is tried to shorten it.
  await fc.assert(property, { numRuns: runs, seed, endOnFailure: true });
  return total;
}
