import { describe, expect, it } from 'vitest';
import { chatPage, fakePage, MARA } from './fake-page';

describe('a page wakes the background only for a reason', () => {
  it('says hello without an epoch on its first port', () => {
    const page = fakePage();
    expect(page.line().sent).toEqual([{ kind: 'hello', epoch: null, revision: 0, conversation: null, isVisible: true }]);
  });

  it('stays closed when the port closes', () => {
    const page = fakePage();
    page.snapshot();
    page.line().die();
    page.pass(3_600_000);
    expect(page.connections).toHaveLength(1);
  });

  it('connects again when the user sends something', () => {
    const page = chatPage();
    page.line().die();
    page.model.chat.write(MARA.id, 'hello');
    void page.model.chat.submit(MARA.id);
    expect(page.connections).toHaveLength(2);
    expect(page.said('message.send')).toHaveLength(1);
  });

  it('connects again when the background announces itself and the page is visible', () => {
    const page = fakePage();
    page.snapshot();
    page.line().die();
    page.awake();
    expect(page.connections).toHaveLength(2);
  });

  it('ignores the announcement while hidden and resumes once visible', () => {
    const page = fakePage();
    page.snapshot();
    page.setVisible(false);
    page.line().die();
    page.awake();
    expect(page.connections).toHaveLength(1);
    page.setVisible(true);
    expect(page.connections).toHaveLength(2);
  });

  it('ignores the announcement while its port is open', () => {
    const page = fakePage();
    page.snapshot();
    page.awake();
    expect(page.connections).toHaveLength(1);
  });

  it('does not wake the background to say that it is hidden', () => {
    const page = fakePage();
    page.snapshot();
    page.line().die();
    page.setVisible(false);
    expect(page.connections).toHaveLength(1);
  });

  it('does not wake the background to leave a conversation', () => {
    const page = chatPage();
    page.line().die();
    page.model.back();
    expect(page.connections).toHaveLength(1);
  });

  it('tries again with growing pauses while it has shown nothing yet', () => {
    const page = fakePage();
    for (const pauseMs of [250, 500, 1_000]) {
      const before = page.connections.length;
      page.line().die();
      page.pass(pauseMs - 1);
      expect(page.connections).toHaveLength(before);
      page.pass(1);
      expect(page.connections).toHaveLength(before + 1);
    }
  });

  it('resumes from the revision and the conversation it has', () => {
    const page = chatPage();
    page.patch(7, { kind: 'contact', contact: MARA });
    page.line().die();
    page.awake();
    expect(page.line().sent[0]).toEqual({ kind: 'hello', epoch: 'one', revision: 7, conversation: MARA.id, isVisible: true });
  });

  it('tells an open port that the page is hidden, and shown again', () => {
    const page = chatPage();
    page.setVisible(false);
    page.setVisible(true);
    const shown = page.said('conversation.show').map((command) => command.isVisible);
    expect(shown).toEqual([true, false, true]);
  });
});

describe('a question is asked until it is answered', () => {
  it('asks again under the same id after the port died', () => {
    const page = fakePage();
    page.snapshot({ profile: null });
    page.model.createIdentity('Noor');
    const [first] = page.said('identity.create');
    page.line().die();
    page.pass(250);
    expect(page.connections).toHaveLength(2);
    expect(page.said('identity.create')).toEqual([first]);
  });

  it('asks no more once answered', async () => {
    const page = fakePage();
    page.snapshot({ profile: null });
    page.model.createIdentity('Noor');
    const id = page.said('identity.create')[0]?.id ?? '';
    page.succeed(id);
    page.line().die();
    page.awake();
    expect(page.said('identity.create')).toEqual([]);
    await expect.poll(() => page.model.progressOf('identity').kind).toBe('done');
  });

  it('takes an answer that comes twice once', async () => {
    const page = fakePage();
    page.snapshot();
    const taken = page.model.takeInvite('https://relay.home.example/i#x');
    const id = page.said('invite.take')[0]?.id ?? '';
    page.line().push({ kind: 'result', id, result: { ok: false, code: 'invite-used' } });
    page.line().push({ kind: 'result', id, result: { ok: true, contactId: MARA.id } });
    await taken;
    expect(page.model.progressOf('take')).toEqual({ kind: 'failed', code: 'invite-used' });
  });

  it('hears nothing from a port it has given up', () => {
    const page = fakePage();
    page.snapshot();
    const [old] = page.connections;
    page.line().die();
    page.awake();
    page.line().push({ kind: 'current', epoch: 'one', revision: 1 });
    old?.push({ kind: 'patch', revision: 9, patches: [{ kind: 'contact-gone', contactId: MARA.id }] });
    expect(page.model.contacts.value).toHaveLength(2);
  });
});
