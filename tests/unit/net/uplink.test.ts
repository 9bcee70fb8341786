import { beforeEach, describe, expect, it } from 'vitest';
import type { HostHello, LinkCommand, LinkEvent, LinkFrame } from '../../../lib/app/link';
import type { Channel } from '../../../lib/bus/channel';
import { loopback } from '../../../lib/bus/loopback';
import { Uplink } from '../../../lib/net/uplink';
import { FakeClock } from '../../support/fake-clock';

const HELLO: HostHello = { epoch: 'e', owner: '', relays: [], strings: [] };

function bell(token: string): LinkEvent {
  return { kind: 'relay.unanswered', relay: 'wss://relay', token };
}

let clock: FakeClock;
let ports: Channel<LinkFrame, LinkCommand>[];
let heard: string[][];
let rooms: number;
let onConnect: () => void;
let uplink: Uplink;

beforeEach(() => {
  clock = new FakeClock();
  ports = [];
  heard = [];
  rooms = 0;
  onConnect = () => undefined;
  uplink = new Uplink({
    connect: accept,
    clock,
    hello: () => HELLO,
    afterHello: () => undefined,
    onCommand: () => undefined,
    onRoom: () => {
      rooms += 1;
    },
  });
});

function accept(): Channel<LinkCommand, LinkFrame> {
  onConnect();
  const [ours, theirs] = loopback<LinkFrame, LinkCommand>();
  const frames: string[] = [];
  ports.push(ours);
  heard.push(frames);
  ours.onFrame((frame) =>
    frames.push(frame.kind === 'hello' ? 'hello' : `${frame.sequence} ${'token' in frame.event ? frame.event.token : ''}`),
  );
  return theirs;
}

describe('the uplink', () => {
  it('says hello first, and repeats on a new port everything not acknowledged, under the same numbers', async () => {
    uplink.connect();
    uplink.tell(bell('a'));
    uplink.tell(bell('b'));
    uplink.tell(bell('c'));
    await clock.rest();
    uplink.acknowledge(1);
    await clock.advance(1000);
    ports[0]?.close();
    await clock.rest();
    expect(heard).toEqual([
      ['hello', '1 a', '2 b', '3 c'],
      ['hello', '2 b', '3 c'],
    ]);
  });

  it('leaves a closed port closed while nothing waits, and opens one when something does', async () => {
    uplink.connect();
    uplink.tell(bell('a'));
    await clock.rest();
    uplink.acknowledge(1);
    ports[0]?.close();
    await clock.advance(60_000);
    expect(ports).toHaveLength(1);
    uplink.tell(bell('b'));
    await clock.rest();
    expect(heard[1]).toEqual(['hello', '2 b']);
  });

  it('wakes a worker that died in the midst of its talk, and lets one sleep that had long been silent', async () => {
    uplink.connect();
    ports[0]?.send({ kind: 'event.ack', upTo: 0 });
    await clock.advance(19_000);
    ports[0]?.close();
    await clock.rest();
    expect(heard).toEqual([['hello'], ['hello']]);
    ports[1]?.send({ kind: 'event.ack', upTo: 0 });
    await clock.advance(20_000);
    ports[1]?.close();
    await clock.advance(60_000);
    expect(ports).toHaveLength(2);
  });

  it('does not wake a worker again that dies without a word', async () => {
    uplink.connect();
    ports[0]?.send({ kind: 'event.ack', upTo: 0 });
    await clock.advance(1000);
    ports[0]?.close();
    await clock.rest();
    ports[1]?.close();
    await clock.advance(60_000);
    expect(ports).toHaveLength(2);
  });

  it('does not hammer a worker that dies at every hello', async () => {
    uplink.connect();
    uplink.tell(bell('a'));
    for (let i = 0; i < 3; i++) {
      ports.at(-1)?.close();
      await clock.advance(999);
      expect(ports).toHaveLength(i + 1);
      await clock.advance(1);
      expect(ports).toHaveLength(i + 2);
    }
  });

  it('tries again when no port can be opened at all', async () => {
    onConnect = () => {
      throw new Error('the extension is being reloaded');
    };
    uplink.tell(bell('a'));
    expect(ports).toHaveLength(0);
    onConnect = () => undefined;
    await clock.advance(1000);
    expect(heard).toEqual([['hello', '1 a']]);
  });

  it('mentions nothing to a port that is not open, and never says it twice', async () => {
    uplink.mention(bell('to nobody'));
    expect(ports).toHaveLength(0);
    uplink.connect();
    uplink.mention(bell('a'));
    uplink.tell(bell('b'));
    await clock.advance(1000);
    ports[0]?.close();
    await clock.rest();
    expect(heard).toEqual([
      ['hello', '1 a', '2 b'],
      ['hello', '2 b'],
    ]);
  });

  it('forgets what a later event made untrue', async () => {
    uplink.connect();
    uplink.tell(bell('a'));
    uplink.tell(bell('b'));
    uplink.supersede((event) => event.kind === 'relay.unanswered' && event.token === 'a');
    await clock.advance(1000);
    ports[0]?.close();
    await clock.rest();
    expect(heard[1]).toEqual(['hello', '2 b']);
  });

  it('is full at 2,000 events or 8 MiB, and says once when there is room again', () => {
    uplink.connect();
    for (let i = 0; i < 2000; i++) uplink.tell(bell('a'));
    expect(uplink.isFull).toBe(true);
    uplink.acknowledge(1);
    uplink.acknowledge(2);
    expect([uplink.isFull, rooms]).toEqual([false, 1]);
    uplink.acknowledge(2000);
    for (let i = 0; i < 128; i++) uplink.tell({ kind: 'relay.push', relay: 'wss://relay', frame: new Uint8Array(65_536) });
    expect([uplink.isFull, rooms]).toEqual([true, 1]);
    uplink.acknowledge(2128);
    expect([uplink.isFull, rooms]).toEqual([false, 2]);
  });
});
