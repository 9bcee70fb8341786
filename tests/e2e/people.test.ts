/** What one person lets another know, and what the browser itself says of what has come, in real browsers. */
import { afterEach, expect, test } from 'vitest';
import { until } from '../support/browsers';
import { arrive, contactOf, getInTouch, type InTouch, inHost, PAIRS, type Person, stringIsWhole, textsFrom } from '../support/in-touch';
import { askView } from '../support/view-port';
import { acceptRequest, composer, openChat, openSettings, say, showInvite, shownMessages, takeInvite, word } from '../support/walk';

const button = (key: string, ...parts: readonly string[]) => ({ role: 'button', name: word(key, ...parts) });
const radio = (key: string) => ({ role: 'radio', name: `${word(key)}…` });

let pair: InTouch | null = null;
afterEach(async () => {
  await pair?.end();
  pair = null;
});

/** From the chat with `other` and back to it. */
async function mayWait({ panel }: Person, other: string): Promise<void> {
  await panel.click({ role: 'button', name: other });
  await panel.click(radio('routing_choice_relay'));
  await panel.click(button('back'));
}

interface Seen {
  readonly title: string;
  readonly message: string;
}

declare global {
  var noted: Record<string, Seen>;
  var browser: typeof chrome;
}

/** What a notification is made of is noted as it is made: Chromium tells only that it is there, and a Firefox without a screen shows none. */
async function watchNotices({ browser }: Person): Promise<void> {
  await browser.background((scope) => {
    const { notifications } = scope.browser ?? scope.chrome;
    const noted: Record<string, unknown> = {};
    const create = notifications.create.bind(notifications) as (...given: unknown[]) => unknown;
    const clear = notifications.clear.bind(notifications) as (...given: unknown[]) => unknown;
    Object.assign(scope, { noted });
    Object.assign(notifications, {
      create(id: string, options: unknown, ...rest: unknown[]) {
        noted[id] = options;
        return create(id, options, ...rest);
      },
      clear(id: string, ...rest: unknown[]) {
        delete noted[id];
        return clear(id, ...rest);
      },
    });
  });
}

async function noticesOf({ browser }: Person): Promise<readonly Seen[]> {
  const [noted, shown] = await browser.background(async (scope) => {
    const all = await new Promise<object>((resolve) => scope.chrome.notifications.getAll(resolve));
    return [Object.entries(scope.noted), Object.keys(all)] as const;
  });
  const isThere = ([id]: (typeof noted)[number]) => browser.kind === 'firefox' || shown.includes(id);
  return noted.filter(isThere).map(([, { title, message }]) => ({ title, message }));
}

/** An ear on whatever the host's page plays by itself. */
async function listen(person: Person): Promise<void> {
  await inHost(person, () => {
    const connect = AudioNode.prototype.connect as (this: AudioNode, to: AudioNode) => AudioNode;
    Object.assign(window, { loudest: 0 });
    AudioNode.prototype.connect = function (this: AudioNode, to: AudioNode) {
      if (this instanceof AudioBufferSourceNode) {
        const analyser = this.context.createAnalyser();
        const samples = new Float32Array(analyser.fftSize);
        connect.call(this, analyser);
        const watch = setInterval(() => {
          analyser.getFloatTimeDomainData(samples);
          const heard = window as unknown as { loudest: number };
          heard.loudest = Math.max(heard.loudest, ...samples.map(Math.abs));
        }, 10);
        this.addEventListener('ended', () => clearInterval(watch));
      }
      return connect.call(this, to);
    } as typeof AudioNode.prototype.connect;
  });
}

const loudest = (person: Person) => inHost(person, () => (window as unknown as { loudest: number }).loudest);
const stateOf = async ({ panel }: Person, text: string) =>
  (await shownMessages(panel)).find((message) => message.text === text)?.state ?? '';

for (const kinds of PAIRS) {
  test(`${kinds[0]} notifies with the sender, with the text once that is chosen, with a sound, and no more when it is read`, async () => {
    pair = await arrive(kinds);
    const { ana, jun } = pair;
    await watchNotices(ana);
    await listen(ana);
    await takeInvite(jun.panel, await showInvite(ana.panel), 'denied');
    const names = async () => (await noticesOf(ana)).map(({ title }) => title).join();
    await until(async () => (await names()) === word('notice_request', 'Jun'), 'the request is told');
    await until(async () => (await loudest(ana)) > 0.05, 'it sounds');
    await acceptRequest(ana.panel, 'Jun', 'denied');
    await ana.panel.click(button('back'));
    await mayWait(jun, 'Ana');
    await say(jun.panel, 'Ana', 'under the blue pot');
    await until(async () => (await noticesOf(ana)).length > 0, 'notified');
    expect(await noticesOf(ana)).toEqual([{ title: word('notice_message', 'Jun'), message: word('app_name') }]);

    await openSettings(ana.panel, 'notices');
    await ana.panel.click(radio('notices_text'));
    await say(jun.panel, 'Ana', 'not the red one');
    const text = async () => (await noticesOf(ana)).map(({ message }) => message).join();
    await until(async () => (await text()) === 'not the red one', 'with the text');

    await ana.panel.click(radio('notices_nothing'));
    await say(jun.panel, 'Ana', 'nor the green');
    await until(async () => (await names()) === word('notice_message_hidden'), 'without a name');
    await ana.panel.click(button('back'));
    await ana.panel.click(button('back'));
    await openChat(ana.panel, 'Jun');
    await until(async () => (await noticesOf(ana)).length === 0, 'read: gone');
  }, 120_000);

  test(`${kinds[0]} blocks: nothing comes or shows, to the other it looks like being away, and all of it comes in the end`, async () => {
    pair = await getInTouch(kinds);
    const { ana, jun } = pair;
    await ana.panel.click(button('back'));
    await openChat(ana.panel, 'Jun');
    await ana.panel.click({ role: 'button', name: 'Jun' });
    await ana.panel.click(button('block', 'Jun'));
    await ana.panel.waitFor(button('unblock', 'Jun'));
    await until(async () => (await contactOf(jun.panel)).presence === 'offline', 'away to Jun');
    await say(jun.panel, 'Ana', 'are you there');
    await until(async () => (await stateOf(jun, 'are you there')) === word('state_local_online', 'Ana'), 'waits for Ana', 20_000);
    expect((await contactOf(ana.panel)).unread).toBe(0);

    await ana.panel.click(button('back'));
    await ana.panel.click(button('back'));
    await ana.panel.waitFor(button('fold', word('blocked'), '1'));
    await ana.panel.click({ role: 'button', name: '…Jun…' });
    await ana.panel.waitForText(word('routing_blocked', 'Jun'));
    expect(await textsFrom(ana.panel, false)).toEqual([]);
    const { id: contactId } = await contactOf(ana.panel);
    const refused = { ok: false, code: 'contact-blocked' };
    expect(await askView(ana.panel, { kind: 'message.send', contactId, text: 'not to you' })).toEqual(refused);

    await ana.panel.click(button('unblock', 'Jun'));
    await ana.panel.waitFor(composer('Jun'));
    await until(async () => (await stateOf(jun, 'are you there')).startsWith('Delivered'), 'it comes', 30_000);
    await stringIsWhole(pair);
    expect(await textsFrom(ana.panel, false)).toEqual(['are you there']);
  }, 120_000);
}
