/** How two people come into touch, from a page: showing a code, taking one, answering. */
import type { ContactId, Direct, ViewResult } from '../app/view';
import type { Place } from './place';
import type { Topic } from './progress';
import type { Question } from './view-model';

export interface MeetingPorts {
  ask(topic: Topic, question: Question): Promise<ViewResult>;
  place(): Place;
  go(place: Place): void;
}

export function createMeeting({ ask, place, go }: MeetingPorts) {
  return {
    showInvite: () => void ask('invite', { kind: 'invite.show' }),
    cancelInvite: () => void ask('invite', { kind: 'invite.cancel' }),
    async takeInvite(text: string): Promise<void> {
      const result = await ask('take', { kind: 'invite.take', text });
      if (result.ok && result.contactId !== undefined && place().kind === 'add') go({ kind: 'answer', contactId: result.contactId });
    },
    async answerContact(contactId: ContactId, direct: Direct): Promise<void> {
      const result = await ask('answer', { kind: 'contact.accept', contactId, direct });
      const here = place();
      if (result.ok && (here.kind === 'answer' || here.kind === 'list')) go({ kind: 'chat', contactId });
    },
    declineContact: (contactId: ContactId) => void ask('answer', { kind: 'contact.decline', contactId }),
  };
}
