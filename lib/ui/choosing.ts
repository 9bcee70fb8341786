/** What a page asks for when its user chooses something, for one contact or for everybody. */
import type { ContactId, Direct, ViewResult } from '../app/view';
import type { Choices, Settings } from '../domain/choices';
import type { Topic } from './progress';
import type { Question } from './view-model';

export interface ChoosingPorts {
  ask(topic: Topic, question: Question): Promise<ViewResult>;
  goTo(contactId: ContactId): void;
}

export function createChoosing({ ask, goTo }: ChoosingPorts) {
  return {
    setDirect: (contactId: ContactId, direct: Direct) => void ask('contact', { kind: 'contact.direct', contactId, direct }),
    acceptIdentity: (contactId: ContactId, fingerprint: string) =>
      void ask('contact', { kind: 'contact.identity', contactId, fingerprint }),
    choose: (contactId: ContactId, choices: Partial<Choices>) => void ask('contact', { kind: 'contact.choose', contactId, choices }),
    chooseSettings: (settings: Partial<Settings>) => void ask('settings', { kind: 'settings.choose', settings }),
    removeContact: (contactId: ContactId) => void ask('contact', { kind: 'contact.remove', contactId }),
    async openNotes(): Promise<void> {
      const result = await ask('notes', { kind: 'notes.open' });
      if (result.ok && result.contactId !== undefined) goTo(result.contactId);
    },
  };
}
