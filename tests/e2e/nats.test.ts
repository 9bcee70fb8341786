/** Two people at home, each behind a NAT of their own, and nothing else in the world but one relay. */
import { afterEach, expect, test } from 'vitest';
import { type BrowserKind, type PanelDriver, until } from '../support/browsers';
import { requireBrowser } from '../support/browsers-installed';
import { launchBrowser } from '../support/browsers-launch';
import { arrive, type InTouch, PAIRS, pathOf, stringIsWhole } from '../support/in-touch';
import { type Home, type NatKind, RELAY_ADDRESS, TwoNats } from '../support/two-nats';
import { acceptRequest, say, showInvite, shownMessages, stringWords, takeInvite, word } from '../support/walk';

/** A call that can't connect says so within this time; a string is held to the same. */
const CAUSE_MS = 20_000;
const RELAY_PORT = 8787;

let nats: TwoNats | null = null;
let pair: InTouch | null = null;
afterEach(async () => {
  await pair?.end();
  nats?.end();
  pair = nats = null;
});

/** In touch as far as the relay goes, both chats open; whether a string comes about is up to the NATs. */
async function meet([anas, juns]: readonly [BrowserKind, BrowserKind], kinds: Readonly<Record<Home, NatKind>>): Promise<InTouch> {
  nats = new TwoNats();
  const here = nats;
  for (const home of ['ana', 'jun'] as const) here.setNat(home, kinds[home]);
  pair = await arrive([anas, juns], {
    relay: { namespace: here.namespace('relay'), port: RELAY_PORT, env: { HOST: RELAY_ADDRESS, STUN_PORT: '3478' } },
    address: async () => `ws://${RELAY_ADDRESS}:${RELAY_PORT}`,
    launch: (kind, name) => launchBrowser(kind, here.launch(name === 'Ana' ? 'ana' : 'jun', requireBrowser(kind))),
  });
  const { ana, jun } = pair;
  await takeInvite(jun.panel, await showInvite(ana.panel), 'allowed');
  await acceptRequest(ana.panel, jun.name, 'allowed');
  return pair;
}

function says(panel: PanelDriver, words: string, timeoutMs = CAUSE_MS): Promise<boolean> {
  return until(async () => (await stringWords(panel)) === words, words, timeoutMs);
}

async function stateOf(panel: PanelDriver, text: string): Promise<string | undefined> {
  return (await shownMessages(panel)).find((message) => message.text === text)?.state;
}

async function arrives(text: string, from: PanelDriver, to: PanelDriver): Promise<void> {
  await to.waitForText(text, 30_000);
  await until(async () => /^(Delivered|Read)/.test((await stateOf(from, text)) ?? ''), `${text} is confirmed`);
}

const ORDINARY = { ana: 'ordinary', jun: 'ordinary' } as const;
const FROM_OUTSIDE = expect.stringMatching(/^(srflx|prflx)$/);

test.each(PAIRS)(
  '%s and %s: two ordinary NATs: a direct path between the addresses that the relay showed them',
  async (...kinds) => {
    const { ana, jun } = await meet(kinds, ORDINARY);
    await stringIsWhole({ ana, jun });
    for (const person of [ana, jun])
      expect(await pathOf(person)).toEqual({ local: FROM_OUTSIDE, remote: FROM_OUTSIDE, protocol: 'udp', isDirect: true });
    await say(ana.panel, jun.name, 'Through two walls');
    await arrives('Through two walls', ana.panel, jun.panel);
  },
  120_000,
);

test('two symmetric NATs: both say so, the message waits here, and goes when a network changes', async () => {
  const { ana, jun } = await meet(['firefox', 'chromium'], { ana: 'symmetric', jun: 'symmetric' });
  await say(ana.panel, jun.name, 'Still here');
  await Promise.all([ana, jun].map(({ panel }) => says(panel, word('string_symmetric_nats'))));
  expect(await stateOf(ana.panel, 'Still here')).toBe(word('state_local_kept'));
  await ana.panel.waitForText(word('routing_when_no_path', jun.name));
  nats?.setNat('ana', 'ordinary');
  nats?.setNat('jun', 'ordinary');
  await arrives('Still here', ana.panel, jun.panel);
  await stringIsWhole({ ana, jun });
}, 120_000);

test('one network that drops UDP: each side is told whose it is, and the message waits', async () => {
  const { ana, jun } = await meet(['firefox', 'chromium'], { ana: 'udp-blocked', jun: 'ordinary' });
  await say(jun.panel, ana.name, 'Waiting');
  await Promise.all([says(ana.panel, word('string_udp_blocked')), says(jun.panel, word('string_udp_blocked_theirs', ana.name))]);
  expect(await stateOf(jun.panel, 'Waiting')).toBe(word('state_local_kept'));
  // The next try finds it the other way round: what is said follows.
  nats?.setNat('ana', 'ordinary');
  nats?.setNat('jun', 'udp-blocked');
  await Promise.all([
    says(ana.panel, word('string_udp_blocked_theirs', jun.name), 2 * CAUSE_MS),
    says(jun.panel, word('string_udp_blocked'), 2 * CAUSE_MS),
  ]);
  nats?.setNat('jun', 'ordinary');
  await arrives('Waiting', jun.panel, ana.panel);
}, 150_000);
