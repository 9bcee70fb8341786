/** What every use case is given: the world's ports and the parts of the app it may call. */
import type { Argon2id } from '../protocol/argon2';
import type { Engine } from '../protocol/engine';
import type { Identity } from '../protocol/identity';
import type { Backups } from './backup';
import type { Boxes } from './boxes';
import type { Closings } from './closings';
import type { ConnectionTests } from './connection-test';
import type { Expiry } from './expiry';
import type { Heal } from './heal';
import type { Hints } from './hints';
import type { HostLink } from './host-link';
import type { Journal } from './journal';
import type { Lane } from './lane';
import type { MessengerEvents } from './messenger';
import type { Moves } from './moves';
import type { Notices } from './notices';
import type { Outbox } from './outbox';
import type { Clock, Disk, Random, Shell } from './ports';
import type { Presence } from './presence';
import type { Receipts } from './receipts';
import type { Relays } from './relays';
import type { Rights } from './rights';
import type { Search } from './search';
import type { Sessions } from './sessions';
import type { StorageHealth } from './storage-health';
import type { Strings } from './strings';
import type { TakeBacks } from './take-back';
import type { Typing } from './typing';
import type { ViewHub } from './view-hub';
import type { Voice } from './voice';

export interface World {
  readonly clock: Clock;
  readonly random: Random;
  readonly engine: Engine;
  readonly argon2id: Argon2id;
  readonly shell: Shell;
  readonly disk: Disk;
  /** Notes a fault by its code, for a developer's eyes. Never what it carried. */
  readonly report: (fault: unknown) => void;
  /** Minutes of the day where the user is, from its midnight. */
  readonly minuteOfDay: (atMs: number) => number;
  readonly shortcuts: () => Readonly<Record<string, string>>;
}

export interface Core {
  readonly world: World;
  readonly events: MessengerEvents;
  readonly journal: Journal;
  /** Everything that changes a record runs in this one lane. A task in it never waits for the relay's answer. */
  readonly lane: Lane;
  readonly hub: ViewHub;
  readonly link: HostLink;
  readonly relays: Relays;
  readonly rights: Rights;
  readonly sessions: Sessions;
  readonly boxes: Boxes;
  readonly heal: Heal;
  readonly hints: Hints;
  readonly moves: Moves;
  readonly closings: Closings;
  readonly connectionTests: ConnectionTests;
  readonly strings: Strings;
  readonly presence: Presence;
  readonly typing: Typing;
  readonly notices: Notices;
  readonly outbox: Outbox;
  readonly takeBacks: TakeBacks;
  readonly expiry: Expiry;
  readonly receipts: Receipts;
  readonly health: StorageHealth;
  readonly voice: Voice;
  readonly search: Search;
  readonly backups: Backups;
  /** @throws {AppError} no-profile */
  identity(): Identity;
}
