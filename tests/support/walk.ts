/** The ways through the product that a user walks, step by step, by what stands on the screen. English, as `_locales/en` has it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PanelDriver } from './browsers';
import { ROOT } from './build';

interface Message {
  readonly message: string;
}

const WORDS = JSON.parse(readFileSync(join(ROOT, 'components/public/_locales/en/messages.json'), 'utf8')) as Record<string, Message>;

/** @throws {Error} when `_locales/en` lacks the key. */
export function word(key: string, ...substitutions: readonly string[]): string {
  const found = WORDS[key];
  if (found === undefined) throw new Error(`no such words: ${key}`);
  return substitutions.reduce((text, part, index) => text.replace(`$${index + 1}`, part), found.message);
}

const button = (key: string) => ({ role: 'button', name: word(key) });
const textbox = (key: string) => ({ role: 'textbox', name: word(key) });
/** Named by its label, which goes on with what the choice means. */
const radio = (key: string) => ({ role: 'radio', name: `${word(key)}…` });

/** A contact's line in the list says more than the name. */
const row = (name: string) => ({ role: 'button', name: `…${name}…` });

export type Direct = 'allowed' | 'denied';
const DIRECT: Record<Direct, string> = { allowed: 'direct_allowed', denied: 'direct_denied' };

/** First run: one name, one button; ends on the empty list. */
export async function makeIdentity(panel: PanelDriver, name: string): Promise<void> {
  await panel.fill(textbox('start_name'), name);
  await panel.click(button('start_make'));
  await panel.waitFor(button('settings'));
}

/** From the list to a page of the settings, whose line says more than its title. */
export async function openSettings(panel: PanelDriver, title: string): Promise<void> {
  await panel.click(button('settings'));
  await panel.click({ role: 'button', name: `${word(title)}…` });
}

/** From the list, by the settings, back to the list. */
export async function chooseRelay(panel: PanelDriver, url: string): Promise<void> {
  await openSettings(panel, 'settings_relay');
  await panel.fill(textbox('settings_relay_label'), url);
  await panel.click(button('settings_relay_save'));
  await panel.waitForText(word('settings_relay_saved'));
  await panel.click(button('back'));
  await panel.click(button('back'));
}

/** On the list: until the bar below says so. */
export function relayIsOpen(panel: PanelDriver, url: string): Promise<void> {
  return panel.waitForText(word('relay_open', new URL(url).host, '').trimEnd());
}

/** From the list; stays where the code is shown. */
export async function showInvite(panel: PanelDriver): Promise<string> {
  await panel.click(button('add_contact'));
  await panel.waitFor('output');
  return (await panel.text('output')).trim();
}

/** From the list to the chat: pastes the link, sees whose it is, confirms. */
export async function takeInvite(panel: PanelDriver, link: string, direct: Direct): Promise<void> {
  await panel.click(button('add_contact'));
  await panel.click({ role: 'tab', name: word('add_enter') });
  await panel.fill(textbox('enter_label'), link);
  await panel.click(button('enter_take'));
  await panel.waitForText(word('answer_preview_title'));
  await panel.click(radio(DIRECT[direct]));
  await panel.click(button('answer_confirm'));
  await panel.waitFor('[role=log]');
}

/** From where one's code is shown, or from the list: the request that has come in, to the chat. */
export async function acceptRequest(panel: PanelDriver, name: string, direct: Direct): Promise<void> {
  await panel.waitForText(name, 30_000);
  const answer = button('add_request_answer');
  const isOnCode = await panel.eval<[], boolean>("() => document.querySelector('[role=tablist]') !== null");
  await panel.click(isOnCode ? answer : row(name));
  await panel.waitForText(word('answer_request_title'));
  await panel.click(radio(DIRECT[direct]));
  await panel.click(button('answer_accept'));
  await panel.waitFor(composer(name));
}

/** From the list. */
export async function openChat(panel: PanelDriver, name: string): Promise<void> {
  await panel.click(row(name));
  await panel.waitFor(composer(name));
}

export function composer(name: string): { readonly role: string; readonly name: string } {
  return { role: 'textbox', name: word('composer', name) };
}

/** In the chat with `name`: types and presses Enter. */
export async function say(panel: PanelDriver, name: string, text: string): Promise<void> {
  await panel.fill(composer(name), text);
  await panel.press('Enter');
}

export interface ShownMessage {
  readonly id: string;
  readonly isMine: boolean;
  readonly text: string;
  /** What stands under it: a time, or the state in words. */
  readonly state: string;
}

/** The messages on the screen, oldest first. */
export function shownMessages(panel: PanelDriver): Promise<ShownMessage[]> {
  return panel.eval((mine: string) => {
    return [...document.querySelectorAll<HTMLElement>('[role=log] article')].map((article) => ({
      id: article.dataset.id ?? '',
      isMine: article.querySelector('span')?.textContent?.trim() === mine,
      text: article.querySelector('p')?.textContent ?? '',
      state: (article.querySelector('[data-state]') ?? article.querySelector('time'))?.textContent ?? '',
    }));
  }, word('you_say'));
}

/** In the chat, once the contact has accepted: chooses where every message to them may wait. */
export async function choosePlace(panel: PanelDriver, routing: 'device' | 'relay' | 'ask'): Promise<void> {
  await panel.click('[data-routing]', 15_000);
  await panel.click(`[data-item=always-${routing}]`);
}

/** What stands on the string: `direct · 1 ms` once it is whole. */
export function stringWords(panel: PanelDriver): Promise<string> {
  return panel.eval<[], string>("() => document.querySelector('main [role=status]')?.textContent ?? ''");
}
