/** A conversation under attack: it is taken up again after each one, and what was refused meanwhile is read where it is kept. */
import { allArrived, type InTouch, inHost, type Person } from './in-touch';
import { say } from './walk';

/** A conversation that is taken up again after every attack. */
export class Talk {
  readonly #said: [string[], string[]] = [[], []];

  async say({ ana, jun }: InTouch, about: string): Promise<void> {
    const [byAna, byJun] = this.#said;
    byAna.push(`Ana about ${about}`);
    byJun.push(`Jun about ${about}`);
    await Promise.all([say(ana.panel, jun.name, byAna.at(-1) ?? ''), say(jun.panel, ana.name, byJun.at(-1) ?? '')]);
  }

  /** Everything said so far is on both screens, once, in order, and confirmed. */
  async arrives(pair: InTouch): Promise<void> {
    await allArrived(pair, ...this.#said, 40_000);
  }

  async goesOn(pair: InTouch, about: string): Promise<void> {
    await this.say(pair, about);
    await this.arrives(pair);
  }
}

type Host = { tincanHost: { faults(): Record<string, number> } };
export const faultsAt = (person: Person) => inHost(person, () => (globalThis as unknown as Host).tincanHost.faults());

/** What must be counted at this border after these codes, beside what had been counted before. */
export function counted(border: string, codes: readonly string[], before: Readonly<Record<string, number>>): Record<string, number> {
  const counts = { ...before };
  for (const code of codes) counts[`${border}:${code}`] = (counts[`${border}:${code}`] ?? 0) + 1;
  return counts;
}

/** From now on what the background reports is kept beside it. */
export function keepReports({ browser }: Person): Promise<void> {
  return browser.background((scope) => {
    const reports: string[] = [];
    Object.assign(scope, { reports });
    scope.console.warn = (_: string, code: string) => void reports.push(code);
  });
}

/** @throws {Error} when something was reported that is no code: a fault that nobody foresaw. */
export async function codesOf({ browser }: Person): Promise<readonly string[]> {
  const reports = await browser.background((scope) => (scope as unknown as { reports: string[] }).reports);
  const unforeseen = reports.filter((report) => !/^[a-z]+(-[a-z]+)+$/.test(report));
  if (unforeseen.length > 0) throw new Error(`unforeseen: ${unforeseen.join()}`);
  return reports;
}
