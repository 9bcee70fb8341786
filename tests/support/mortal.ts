/** A party whose worker dies at one write. Its page says again whatever had no answer, as a real page does. */
import type { ViewCommand } from '../../lib/app/view';
import type { Death } from './fake-store';
import { newId, type Party } from './two-parties';

export class Mortal {
  readonly party: Party;
  hasDied = false;
  #isDead = false;
  #unanswered: (ViewCommand & { id: string })[] = [];
  readonly #accepted = new Set<string>();
  #contactId = '';

  constructor(party: Party) {
    this.party = party;
    this.#contactId = party.page.view?.contacts[0]?.id ?? '';
  }

  /** At the so many-th write from now. */
  dieAt({ atCommit, outcome }: Omit<Death, 'onDeath'>): void {
    const onDeath = () => {
      this.hasDied = this.#isDead = true;
      this.party.killWorker();
    };
    this.party.store.death = { atCommit: this.party.store.commits + atCommit, outcome, onDeath };
  }

  /** Dies no more. */
  survive(): void {
    this.party.store.death = null;
  }

  command(command: ViewCommand & { id: string }): string {
    this.#unanswered.push(command);
    if (!this.#isDead) this.party.page.send(command);
    return command.id;
  }

  say(text: string): void {
    this.command({ kind: 'message.send', id: newId(), contactId: this.#contactId, text });
  }

  routeByRelay(): void {
    this.command({ kind: 'contact.choose', id: newId(), contactId: this.#contactId, choices: { routing: 'relay' } });
  }

  /** Accepts whoever is there to be accepted, as soon as they are. */
  #accept(): void {
    const [contact] = this.party.page.view?.contacts ?? [];
    if (!contact) return;
    this.#contactId = contact.id;
    const isOpen = contact.state === 'preview' || contact.state === 'request';
    if (!isOpen || this.#accepted.has(contact.id)) return;
    this.#accepted.add(contact.id);
    this.command({ kind: 'contact.accept', id: newId(), contactId: contact.id, direct: 'denied' });
  }

  /** Wakes the dead; true once every command has its answer. Called until then. */
  isAnswered(): boolean {
    this.#accept();
    const { results } = this.party.page;
    for (const { id, kind } of this.#unanswered) {
      const result = results.get(id);
      // What was asked of a preview is moot once the same person's request has taken its place.
      const isMoot = kind === 'contact.accept' || kind === 'invite.take';
      if (result && !result.ok && !isMoot) throw new Error(`${kind} refused: ${result.code}`);
    }
    this.#unanswered = this.#unanswered.filter(({ id }) => !results.has(id));
    if (this.#isDead) {
      this.#isDead = false;
      this.party.wake();
      for (const command of this.#unanswered) this.party.page.send(command);
    }
    return this.#unanswered.length === 0;
  }

  /** In the order shown. */
  texts(isMine: boolean): string[] {
    return this.party.messages().flatMap((message) => (message.isMine === isMine ? [message.text] : []));
  }

  /** Nothing waits, and all that was said is confirmed. */
  isConfirmed(): boolean {
    return this.party.messages().every(({ delivery }) => !delivery || delivery.stage === 'delivered' || delivery.stage === 'read');
  }
}
