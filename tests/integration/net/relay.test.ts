/** The host and a relay that answers as the test wants: requests, pushes, heartbeats, and every way a connection ends. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decodeServerFrame, encodeClientFrame, encodeServerFrame } from '../../../lib/protocol/relay-codec';
import { Background } from './background';
import { ScriptedRelay } from './scripted-relay';

const QUESTION = encodeClientFrame({ kind: 'inv-take', inviteId: new Uint8Array(16).fill(1), takerKey: new Uint8Array(32).fill(2) }, 0);
const PING = encodeClientFrame({ kind: 'ping' }, 0);
const BELL = { kind: 'bell', rid: new Uint8Array(24).fill(3) } as const;

let relay: ScriptedRelay;
let background: Background;

beforeEach(async () => {
  relay = new ScriptedRelay();
  await relay.listen();
  background = new Background();
});
afterEach(async () => {
  background.host.close();
  await relay.stop();
});

async function opened(): Promise<void> {
  background.send({ kind: 'relay.open', relay: relay.url });
  await background.until('HELLO', () => background.of('relay.push').length === 1);
}

function ask(token: string): void {
  background.send({ kind: 'relay.request', relay: relay.url, token, frame: QUESTION });
}

/** A question and its answer: what either side sent before has arrived. */
async function roundTrip(): Promise<void> {
  const token = `round trip ${relay.asked.length}`;
  background.send({ kind: 'relay.request', relay: relay.url, token, frame: PING });
  await background.until(token, () => background.of('relay.reply').some((reply) => reply.token === token));
}

describe('a connection', () => {
  test('goes to the relay’s path under its subprotocol, and HELLO is passed on', async () => {
    await opened();
    expect(relay.paths).toEqual(['/v1 relay.v1']);
    expect(background.states()).toEqual(['connecting', 'open']);
    const [push] = background.of('relay.push');
    expect(push && decodeServerFrame(push.frame).frame).toMatchObject({ kind: 'hello', retentionSeconds: 604_800 });
    await background.clock.advance(1000);
    background.dropPort();
    relay.say(BELL);
    await background.until('another port', () => background.hellos.length === 2);
    expect(background.hellos[1]?.relays).toEqual([{ relay: relay.url, state: 'open', hello: push?.frame }]);
  });

  test('answers are told by token, whatever order they come in', async () => {
    await opened();
    ask('one');
    ask('two');
    await background.until('both asked', () => relay.asked.length === 2);
    const [one, two] = relay.asked;
    relay.say({ kind: 'err', code: 'GONE', retryMs: 0 }, two?.requestId);
    relay.say({ kind: 'ok' }, one?.requestId);
    await background.until('both answered', () => background.of('relay.reply').length === 2);
    const replies = background.of('relay.reply').map(({ token, frame }) => [token, decodeServerFrame(frame).frame.kind]);
    expect(replies).toEqual([
      ['two', 'err'],
      ['one', 'ok'],
    ]);
  });

  test('the same token is asked once, while it is pending and while its answer is not acknowledged', async () => {
    await opened();
    background.isAcknowledging = false;
    ask('one');
    ask('one');
    await background.until('asked', () => relay.asked.length > 0);
    relay.say({ kind: 'ok' }, relay.asked[0]?.requestId);
    await background.until('answered', () => background.of('relay.reply').length === 1);
    ask('one');
    await roundTrip();
    expect(relay.asked.map(({ frame }) => frame.kind)).toEqual(['inv-take', 'ping']);
    background.acknowledge();
    ask('one');
    await background.until('asked again', () => relay.asked.length === 3);
  });

  test('what is asked without a connection is unanswered at once', async () => {
    ask('unknown relay');
    background.send({ kind: 'relay.open', relay: relay.url });
    ask('still connecting');
    await background.until('both told', () => background.of('relay.unanswered').length === 2);
    expect(background.of('relay.unanswered').map(({ token }) => token)).toEqual(['unknown relay', 'still connecting']);
  });
});

describe('a lost connection', () => {
  test('leaves every question unanswered and comes back by itself', async () => {
    await opened();
    ask('one');
    ask('two');
    await background.until('both asked', () => relay.asked.length === 2);
    relay.last.terminate();
    await background.untilState('offline');
    expect(background.of('relay.unanswered').map(({ token }) => token)).toEqual(['one', 'two']);
    expect(background.states().at(-1)).toBe('offline unreachable 500');
    await background.clock.advance(500);
    await background.untilState('open');
    expect(relay.sockets).toHaveLength(2);
  });

  test('waits longer from try to try, up to a minute, and not at all once the browser is online again', async () => {
    await opened();
    await relay.stop();
    await background.untilState('offline');
    const waits: string[] = [];
    for (let i = 0; i < 9; i++) {
      const last = background.states().at(-1) ?? '';
      waits.push(last);
      const told = background.of('relay.state').length;
      await background.clock.advance(Number(last.split(' ').at(-1)));
      await background.until('the next try failed', () => background.of('relay.state').length === told + 2);
    }
    expect(waits.map((state) => Number(state.split(' ').at(-1)))).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
    await relay.listen();
    background.goOnline();
    await background.untilState('open');
  });

  test('is tried at once when it is wanted, but not twice within two seconds', async () => {
    await opened();
    await relay.stop();
    await background.untilState('offline');
    for (const waitMs of [500, 1000, 2000, 4000]) {
      const told = background.of('relay.state').length;
      await background.clock.advance(waitMs);
      await background.until('the next try failed', () => background.of('relay.state').length === told + 2);
    }
    await relay.listen();
    const retryAt = background.of('relay.state').at(-1)?.retryAtMs;
    const want = () => background.send({ kind: 'relay.open', relay: relay.url });
    await background.clock.advance(1999);
    want();
    const toldAgain = () => background.of('relay.state').filter(({ retryAtMs }) => retryAtMs === retryAt).length === 2;
    await background.until('said why not', toldAgain);
    await background.clock.advance(1);
    want();
    await background.untilState('open');
  });

  test('that had lasted 10 s is tried as soon as the first one was; a shorter one waits longer each time', async () => {
    await opened();
    const waits: (string | undefined)[] = [];
    for (const livedMs of [0, 0, 10_000]) {
      await background.clock.advance(livedMs);
      relay.last.terminate();
      await background.untilState('offline');
      const wait = background.states().at(-1);
      waits.push(wait);
      await background.clock.advance(Number(wait?.split(' ').at(-1)));
      await background.untilState('open');
    }
    expect(waits).toEqual(['offline unreachable 500', 'offline unreachable 1000', 'offline unreachable 500']);
  });

  test('is not tried while somebody else holds the identity, and says so again when asked', async () => {
    await opened();
    relay.last.close(4409);
    await background.untilState('offline');
    await background.clock.advance(600_000);
    background.goOnline();
    background.send({ kind: 'relay.open', relay: relay.url });
    await background.until('told twice', () => background.states().filter((state) => state === 'offline replaced').length === 2);
    expect(relay.sockets).toHaveLength(1);
  });

  test('of a draining relay waits as long as the relay asked', async () => {
    await opened();
    relay.say({ kind: 'drain', reconnectAfterMs: 7000 });
    relay.last.close(1001);
    await background.untilState('offline');
    expect(background.states().at(-1)).toBe('offline draining 7000');
  });

  test('closed by the background stays closed', async () => {
    await opened();
    background.send({ kind: 'relay.close', relay: relay.url });
    await background.untilState('offline');
    await background.clock.advance(600_000);
    expect(relay.sockets).toHaveLength(1);
    expect(background.states().at(-1)).toBe('offline');
  });

  test('makes its HELLO worthless: a later port does not hear of it', async () => {
    background.isAcknowledging = false;
    await opened();
    await relay.stop();
    await background.untilState('offline');
    background.dropPort();
    const told = background.events.length;
    await background.clock.advance(400);
    expect(background.hellos).toHaveLength(1);
    await background.clock.advance(600);
    await background.until('told again', () => background.events.length > told);
    expect(background.events.slice(told)).toMatchObject([{ kind: 'relay.state', state: 'offline' }]);
  });
});

describe('heartbeats', () => {
  test('go out every 30 s, and their answers wake nobody', async () => {
    await opened();
    await background.clock.advance(20_000);
    background.dropPort();
    for (let i = 1; i <= 3; i++) {
      await background.clock.advance(i === 1 ? 10_000 : 30_000);
      await background.until('a ping', () => relay.asked.length === i);
    }
    expect(relay.asked.map(({ frame }) => frame.kind)).toEqual(['ping', 'ping', 'ping']);
    expect(background.hellos).toHaveLength(1);
  });

  test('unanswered twice mean the connection is dead', async () => {
    await opened();
    relay.answersPings = false;
    await background.clock.advance(60_000);
    await background.until('two pings', () => relay.asked.length === 2);
    expect(background.states().at(-1)).toBe('open');
    await background.clock.advance(30_000);
    await background.untilState('offline');
    await background.clock.advance(500);
    await background.untilState('open');
  });

  test('a socket that is silent after the browser came online again is dead in 5 s', async () => {
    await opened();
    relay.answersPings = false;
    background.goOnline();
    await background.clock.advance(5000);
    await background.untilState('offline');
  });
});

describe('what the relay must not send', () => {
  test('malformed frames are counted and leave the connection unharmed', async () => {
    await opened();
    relay.last.send('text');
    relay.last.send(Buffer.from([250, 0, 0, 0, 0]));
    await roundTrip();
    relay.last.send(encodeServerFrame({ kind: 'ok' }, 4711));
    relay.last.send(Buffer.from([1]));
    await roundTrip();
    expect(background.host.faults()).toEqual({ 'relay:bad-kind': 2, 'relay:bad-value': 1, 'relay:truncated': 1 });
    expect(background.states().at(-1)).toBe('open');
    expect(relay.sockets).toHaveLength(1);
  });

  test('three malformed frames in a row end the connection', async () => {
    await opened();
    for (let i = 0; i < 3; i++) relay.last.send(Buffer.from([250]));
    await background.untilState('offline');
    await background.clock.advance(500);
    await background.untilState('open');
  });
});

describe('the port', () => {
  test('a relay that stays away wakes nobody, and its return does', async () => {
    await opened();
    await relay.stop();
    await background.untilState('offline');
    await background.clock.advance(1000);
    await background.until('acknowledged', () => background.of('relay.state').length >= 3);
    // Its last words to the port are then 29 s old.
    await background.clock.advance(60_000);
    background.dropPort();
    for (let i = 0; i < 5; i++) await background.clock.advance(60_000);
    expect(background.hellos).toHaveLength(1);
    await relay.listen();
    background.goOnline();
    await background.until('woken', () => background.hellos.length === 2);
    await background.untilState('open');
  });

  test('malformed commands are counted and leave the host unharmed', async () => {
    await opened();
    const bad = [
      null,
      'relay.open',
      {},
      { kind: 'relay.open' },
      { kind: 'relay.request', relay: relay.url, token: 't', frame: [1, 2] },
      { kind: 'string.open', peer: 'p', stringId: 'short', isPolite: true, stunUrls: [] },
    ];
    for (const frame of bad) background.sendRaw(frame);
    await roundTrip();
    expect(background.host.faults()).toEqual({ 'port:bad-command': bad.length });
  });

  test('an address no WebSocket can have is refused once', async () => {
    background.send({ kind: 'relay.open', relay: 'ftp://nowhere' });
    await background.untilState('offline');
    await background.clock.advance(600_000);
    expect(background.states()).toEqual(['offline refused']);
  });

  test('2,000 events without acknowledgement stop the reading; it goes on once there is room', async () => {
    await opened();
    background.isAcknowledging = false;
    for (let i = 0; i < 2010; i++) relay.say(BELL);
    await background.untilState('offline');
    expect(background.of('relay.push')).toHaveLength(2001);
    await background.clock.advance(600_000);
    expect(relay.sockets).toHaveLength(1);
    background.isAcknowledging = true;
    background.acknowledge();
    await background.untilState('open');
    expect(relay.sockets).toHaveLength(2);
  });
});
