/** One set of drawings: 24 × 24, stroke 1.75, decoration only. What an icon means stands beside it or in its button's label. */
import type { IconName } from '../../lib/ui/words';
import css from './parts.module.css';

const DRAWINGS: Record<IconName, string> = {
  add: 'M12 5v14M5 12h14',
  archive: 'M4 5h16v4H4zM5.500 9v10h13V9M10 13h4',
  ban: 'M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18M5.700 5.700l12.600 12.600',
  'bell-off': 'M8.500 6.200A5 5 0 0 1 17 10v3l.8 1.500M7 10v3l-2 3h11M10.500 19.500a2 2 0 0 0 3 0M4 3l16.500 18',
  alert: 'M12 4 2.8 20h18.4zM12 10v4.5M12 17.4v.1',
  'arrow-down': 'M12 5v14M6 13l6 6 6-6',
  ask: 'M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18M9.500 9.500a2.5 2.5 0 1 1 3.600 2.300c-.8.400-1.100.900-1.100 1.700M12 16.500v.1',
  back: 'm15 5-7 7 7 7',
  unread: 'M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18M12 9.500a2.500 2.500 0 1 1 0 5 2.500 2.500 0 0 1 0-5',
  check: 'm4 13 5 5L20 6',
  checks: 'm2 13 5 5L17 7M12 18 22.5 7',
  clock: 'M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18M12 7v5l3 2',
  'cloud-off': 'M7 18.500a4.5 4.5 0 0 1-.6-8.960M9.5 6.700A6 6 0 0 1 17.7 11a3.9 3.9 0 0 1 2.4 6.300M15 18.500H7M4 3.500l16.5 17',
  copy: 'M9 8h9a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2H9a2 2 0 0 1-2-2v-9a2 2 0 0 1 2-2M4 16V5a2 2 0 0 1 2-2h9',
  device: 'M5 5h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2M8 21h8',
  edit: 'M4 20l1-4L16.500 4.500a2.100 2.100 0 0 1 3 3L8 19zM14.500 6.500l3 3',
  forward: 'm9 5 7 7-7 7',
  held: 'M3 8l9-5 9 5v8l-9 5-9-5zM3 8l9 5 9-5M12 13v8',
  info: 'M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18M12 11v5.500M12 7.700v.1',
  mic: 'M12 3a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3M5 11a7 7 0 0 0 14 0M12 18v3',
  'mic-off': 'M9 9v2a3 3 0 0 0 4.8 2.400M15 10V6a3 3 0 0 0-5.6-1.500M5 11a7 7 0 0 0 11 5.700M19 11a7 7 0 0 1-.6 2.800M12 18v3M4 3l16.5 18',
  more: 'M12 5v.1M12 12v.1M12 19v.1',
  panel: 'M5 4h14a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2M15 4v16',
  note: 'M7 4h10v16l-5-4-5 4z',
  phone: 'M5 4h4l2 5-2.5 1.500a11 11 0 0 0 5 5L15 13l5 2v4a2 2 0 0 1-2 2A16 16 0 0 1 3 6a2 2 0 0 1 2-2',
  'phone-off': 'M3 15c5-5 13-5 18 0l-3 2.5-3.5-1.500v-3c-1.7-.5-3.3-.5-5 0v3L6 17.500z',
  pin: 'M9 4h6l-1 6 3 3v2H7v-2l3-3zM12 15v6',
  reply: 'M10 5 4 11l6 6M4 11h9a7 7 0 0 1 7 7v1',
  search: 'M10.5 4a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13M15.500 15.500 20 20',
  close: 'M6 6l12 12M18 6 6 18',
  send: 'M4 12 20 4l-5 16-3-7z',
  share: 'm14 5 6 6-6 6M20 11h-9a7 7 0 0 0-7 7v1',
  smile: 'M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18M8.500 14a4 4 0 0 0 7 0M9 9.500v.1M15 9.500v.1',
  trash: 'M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5.500M14 11v5.500',
  undo: 'M8 5 4 9l4 4M4 9h10a5.500 5.500 0 0 1 0 11h-4',
};

/** These point along the line of reading and turn with it. */
const TURNING: ReadonlySet<IconName> = new Set(['back', 'forward', 'panel', 'reply', 'send', 'share', 'undo']);

export function Icon({ name }: { name: IconName }) {
  const turns = TURNING.has(name) ? css.iconTurns : '';
  return (
    <svg class={`${css.icon} ${turns}`} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={DRAWINGS[name]} stroke-width={name === 'more' ? 3 : undefined} />
    </svg>
  );
}
