/** Conversations in every state, and what lies over them. */
import type { ContactView, MessageView } from '../../../lib/app/view';
import type { ViewModel } from '../../../lib/ui/view-model';
import { NOTHING_FOUND } from './fake-background';
import { at, BASE, choosing, conversation, JUN, MARA, mine, NOW_MS, person, RIVER, theirs } from './people';
import { chat, type Scene } from './scene';

const read = { stage: 'read', deliveredAtMs: at(14, 25), readAtMs: at(14, 26) } as const;
const held = { stage: 'held', heldAtMs: at(13, 1), heldUntilMs: at(13, 1, -7) } as const;
const answered = (sequence: number, isMine: boolean, excerpt: string): MessageView['reply'] => ({
  ...{ kind: 'known', id: sequence.toString(16).padStart(32, isMine ? 'b' : 'a'), sequence, isMine, excerpt },
});

const MARKED = [
  '*Bold*, _italic_, ~struck~ and `code`: https://example.org/map?day=thursday.',
  '> The mill, at nine?',
  '```',
  'if (rains) stay();',
  '```',
  'Not this: https://xn--pypal-4ve.example/',
].join('\n');

const LIFE: readonly MessageView[] = [
  theirs(1, MARKED, at(14, 10)),
  { ...mine(2, 'The mill. Bring the map.', at(14, 20), read), reply: answered(1, false, 'The mill, at nine?') },
  { ...theirs(3, 'I will.', at(14, 22)), reply: { kind: 'gone' }, reactions: { mine: '👍', theirs: '❤️' } },
  { ...mine(4, 'Nine, not ten.', at(14, 24), read), editedAtMs: at(14, 25), reactions: { mine: null, theirs: '👍' } },
  { ...mine(5, '', at(14, 26), read), deleted: { atMs: at(14, 27), confirmedAtMs: null } },
  { ...theirs(6, '', at(14, 27)), deleted: { atMs: at(14, 28), confirmedAtMs: null } },
  { ...theirs(7, 'The code is 4711.', at(14, 28)), expiry: { seconds: 86_400, base: 'read' }, expiresAtMs: NOW_MS + 23 * 3_600_000 },
  { ...mine(8, 'Burn this.', at(14, 29), { stage: 'delivered', deliveredAtMs: at(14, 29) }), expiry: { seconds: 30, base: 'read' } },
];

const WAITING: readonly MessageView[] = [
  mine(1, 'Held, and could be taken back.', at(13, 1), held),
  mine(2, 'Being taken back.', at(13, 2), { ...held, takeBack: 'asked' }),
  mine(3, 'Too late.', at(13, 3), { ...held, takeBack: 'fetched' }),
  mine(4, 'Nobody answers.', at(13, 4), { ...held, takeBack: 'unanswered' }),
  mine(5, 'Taken back.', at(13, 5), { ...held, outcome: { kind: 'taken-back', atMs: at(13, 6) } }),
  mine(6, '', at(13, 6), { ...held, outcome: { kind: 'expired', atMs: at(14, 6) } }),
  mine(7, 'Nowhere to put it.', at(13, 7), { stage: 'local', outcome: { kind: 'failed', cause: 'queue-full', atMs: at(13, 7) } }),
  mine(8, 'Only from here.', at(13, 8), { stage: 'local' }),
];

const NEW = Array.from({ length: 12 }, (_, index) => theirs(index + 1, `Line ${index} while you were away`, at(13, index), index < 4));
const LONG_TEXT = Array.from({ length: 400 }, (_, index) => `${index + 1}. The river path, from the bridge on.`).join('\n');

const menuOf = (article: number) => `article:nth-of-type(${article}) button[aria-haspopup=menu]`;
const here = (more: Partial<ContactView>): ContactView => ({ ...MARA, ...more });
const NOTES = person('', 40, {
  ...{ state: 'self', direct: { mine: null, theirs: null } },
  last: { text: 'Buy string.', isMine: true, atMs: at(14, 1), delivery: null },
});
const asks = { ...JUN.chosen, routing: 'ask' } as const;

/** A message of the scene, as the model has it. */
function about(sequence: number, act: (model: ViewModel, message: MessageView) => void): NonNullable<Scene['enter']> {
  return (model) => {
    model.goToContact(MARA.id);
    const message = LIFE.find((each) => each.sequence === sequence);
    if (message) act(model, message);
  };
}

export function chats(): Readonly<Record<string, Scene>> {
  const life = chat(MARA, conversation(MARA, LIFE));
  const waiting = chat(JUN, conversation(JUN, WAITING));
  const withOthers = { ...life, view: { ...life.view, contacts: [MARA, JUN, RIVER, { ...person('Ines', 41), chosen: asks }] } };
  return {
    'chat-life': life,
    'chat-waiting': waiting,
    'chat-menu': { ...life, click: menuOf(4) },
    'chat-menu-theirs': { ...life, click: menuOf(1) },
    'chat-menu-waiting': { ...waiting, click: menuOf(8) },
    'chat-details': { ...waiting, click: [menuOf(3), '[data-item=details]'] },
    'chat-forward': { ...withOthers, click: [menuOf(2), '[data-item=forward]', 'dialog li:nth-child(3) input'] },
    'chat-delete': { ...life, click: [menuOf(4), '[data-item=delete-everyone]'] },
    'chat-react': { ...life, click: [menuOf(1), '[data-item=react]'] },
    'chat-reply': { ...life, enter: about(1, (model, message) => model.chat.reply(MARA.id, message)) },
    'chat-edit': { ...life, enter: about(4, (model, message) => model.chat.edit(MARA.id, message)) },
    'chat-routing': { ...life, click: '[data-routing]' },
    'chat-ask': { ...chat({ ...JUN, draft: 'Where shall I wait?', chosen: asks }), click: 'button[type=submit]' },
    'chat-expiry': { ...life, click: 'form button[aria-haspopup=dialog]', enter: (model) => model.goToContact(MARA.id) },
    'chat-expiry-on': {
      ...chat(here({ chosen: { ...MARA.chosen, expiry: { seconds: 86_400, base: 'read' } } }), conversation(MARA, LIFE)),
      click: 'form button[aria-haspopup=dialog]',
    },
    'chat-emoji': { ...life, click: 'form button[aria-label=Emoji]' },
    'chat-keys': { ...life, press: '?' },
    'chat-new': chat(here({ unread: 8, readUpTo: 4 }), conversation(MARA, NEW)),
    'chat-typing': chat(here({ isTyping: true }), conversation(MARA, LIFE)),
    'chat-long-text': chat(here({ draft: LONG_TEXT.repeat(2).slice(0, 20_400) }), conversation(MARA, [theirs(1, LONG_TEXT, at(14, 1))])),
    'list-notes': { view: { ...BASE, contacts: [MARA, NOTES] } },
    'choices-notes': { ...chat(NOTES), enter: (model) => model.go({ kind: 'contact', contactId: NOTES.id }) },
    'search-notes': { view: { ...BASE, contacts: [MARA, NOTES] }, found: NOTHING_FOUND, enter: (model) => model.searching.write('sel no') },
    'chat-notes-expiry': { ...chat(NOTES), click: 'form button[aria-haspopup=dialog]' },
    'chat-notes-empty': chat({ ...NOTES, last: null }),
    'chat-forward-notes': { ...life, view: { ...life.view, contacts: [MARA, NOTES] }, click: [menuOf(2), '[data-item=forward]'] },
    'chat-menu-blocked': { ...chat(choosing(MARA, { isBlocked: true }), conversation(MARA, LIFE)), click: menuOf(4) },
    'chat-notes': chat(NOTES, conversation(NOTES, [{ ...mine(1, 'Buy string.', at(14, 1), { stage: 'local' }), delivery: null }])),
  };
}
