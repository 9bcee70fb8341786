/** What the soaks in real browsers share: whom they kill, and when a round of talk is whole. */
import { until } from '../support/browsers';
import { ChromiumBrowser } from '../support/chromium';
import { type Person, textsFrom } from '../support/in-touch';
import { shownMessages } from '../support/walk';

const ROUND_MS = 90_000;

export function chromium({ browser }: Person): ChromiumBrowser {
  if (!(browser instanceof ChromiumBrowser)) throw new Error('only Chromium has a worker and a host to kill');
  return browser;
}

/** This round's messages, on both screens, in each sender's order, and confirmed. */
export async function roundIsWhole(round: string, said: ReadonlyMap<Person, readonly string[]>): Promise<void> {
  for (const [person, mine] of said) {
    const theirs = [...said].find(([other]) => other !== person)?.[1] ?? [];
    const ofRound = async (isMine: boolean) => (await textsFrom(person.panel, isMine)).filter((text) => text.startsWith(round));
    const isWhole = async () => (await ofRound(true)).join() === mine.join() && (await ofRound(false)).join() === theirs.join();
    await until(isWhole, `${person.name} has all of ${round}`, ROUND_MS);
    const areConfirmed = async () =>
      (await shownMessages(person.panel)).every(({ isMine, state }) => !isMine || /^(Delivered|Read)/.test(state));
    await until(areConfirmed, `what ${person.name} said in ${round} is confirmed`, ROUND_MS);
  }
}
