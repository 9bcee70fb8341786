/** Voice as the background keeps it, over hosts that come and go. */
import { expect, test } from 'vitest';
import type { LinkCommand, LinkEvent } from '../../../lib/app/link';
import { newId, type Pair, type Party, twoContacts } from '../../support/two-parties';

type VoiceState = Extract<LinkEvent, { kind: 'voice.state' }>;

async function stringOpen(): Promise<Pair> {
  const pair = await twoContacts();
  const { ana, jun, clock } = pair;
  await clock.until(() => ana.contact().string.kind === 'open' && jun.contact().string.kind === 'open', 'string open');
  return pair;
}

/** Commands about voice, from here on. */
function voiceCommands(party: Party): LinkCommand[] {
  const commands: LinkCommand[] = [];
  party.host.onCommand = (command) => {
    if (command.kind.startsWith('voice.')) commands.push(command);
  };
  return commands;
}

/** The host lives on, without a port to the background. */
function dropPort(party: Party): void {
  party.isHostAway = true;
  party.host.connect().close();
}

function voiceOn(peer: string): VoiceState {
  return { kind: 'voice.state', peer, mine: 'on', cause: null, isMuted: false, theirs: false };
}

const started = (peer: string) => ({ kind: 'voice.start', peer });
const stopped = (peer: string) => ({ kind: 'voice.stop', peer });

test('voice turned on while no host is there starts when the host comes back', async () => {
  const { ana, clock } = await stringOpen();
  const peer = ana.contact().id;
  const commands = voiceCommands(ana);
  dropPort(ana);
  expect(await ana.ask({ kind: 'voice.start', contactId: peer })).toEqual({ ok: true });
  expect(commands).toEqual([]);
  ana.front.attachHost(ana.host.connect());
  await clock.rest();
  expect(commands).toEqual([started(peer)]);
});

test('mute and off are owed to a host that is away: it may hold an open microphone', async () => {
  const { ana, clock } = await stringOpen();
  const peer = ana.contact().id;
  ana.host.inject(voiceOn(peer));
  await clock.rest();
  const commands = voiceCommands(ana);
  dropPort(ana);
  ana.page.send({ kind: 'voice.mute', isMuted: true });
  ana.page.send({ kind: 'voice.stop', contactId: peer });
  await clock.rest();
  ana.front.attachHost(ana.host.connect());
  await clock.rest();
  ana.front.attachHost(ana.host.connect());
  await clock.rest();
  expect(commands).toEqual([{ kind: 'voice.mute', isMuted: true }, stopped(peer)]);
});

test('a new host knows of no voice: it is shown as starting, and starts with the next string', async () => {
  const pair = await stringOpen();
  const { ana, clock } = pair;
  const peer = ana.contact().id;
  ana.host.inject(voiceOn(peer));
  await clock.rest();
  expect(ana.contact().voice.kind).toBe('on');
  ana.host.kill();
  ana.replaceHost();
  const commands = voiceCommands(ana);
  await clock.rest();
  expect(ana.contact().voice.kind).toBe('starting');
  await clock.until(() => ana.contact().string.kind === 'open', 'string open again');
  expect(commands).toEqual([started(peer)]);
});

test('a voice from before the worker died ends when the user has turned to somebody else', async () => {
  const { ana, clock } = await stringOpen();
  const [peer, other] = [ana.contact().id, newId()];
  await ana.ask({ kind: 'voice.start', contactId: peer });
  const commands = voiceCommands(ana);
  ana.host.inject(voiceOn(other));
  ana.host.inject(voiceOn(peer));
  await clock.rest();
  expect(commands).toEqual([stopped(other)]);
  expect(ana.contact().voice.kind).toBe('on');
});
