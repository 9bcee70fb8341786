/** Where a backup is read to: a profile that nobody lists, until it is kept and takes the place of the one that is open. */
import { fingerprint } from '../protocol/fingerprint';
import { decodeIdentity } from '../protocol/identity';
import type { Gate } from './front';
import type { FrontCommands } from './front-commands';
import { keys, type ProfileRecord } from './records';
import type { RestoresOptions, Staged } from './restores';

export function createStaging(gate: Gate, commands: FrontCommands): Pick<RestoresOptions, 'stage' | 'isKnown'> {
  const { world, profiles, lane } = gate;

  /** Null while it is locked, or where it can't be read. */
  async function fingerprintOf(profileId: string): Promise<string | null> {
    const { keyring, store } = profiles.device(profileId);
    if (!(await keyring.open())) return null;
    const profile = (await store.get(keys.profile)) as ProfileRecord | undefined;
    return profile ? fingerprint(decodeIdentity(profile.identity).statement) : null;
  }

  /** In the lane. The profile of a first run that was restored instead is empty: nobody needs to see it again. */
  async function keep(stagedId: string): Promise<void> {
    const hereId = gate.lock().activeProfileId;
    const isEmpty = (await gate.device().store.get(keys.profile)) === undefined;
    await commands.leaveFor(async () => {
      await profiles.keep(stagedId, '');
      if (isEmpty) await profiles.remove([hereId]).catch(world.report);
    });
  }

  return {
    async stage(): Promise<Staged> {
      const id = await profiles.stage();
      const { keyring, store } = profiles.device(id);
      await keyring.open();
      return { store, keep: () => lane.run(() => keep(id)), discard: () => profiles.remove([id]) };
    },
    async isKnown(wanted) {
      for (const { id } of gate.lock().profiles) {
        if ((await fingerprintOf(id).catch(() => null)) === wanted) return true;
      }
      return false;
    },
  };
}
