/** The product's pages over a background that lives in the page: `index.html#scene-name`. */
import { render } from 'preact';
import { App } from '../../../components/App';
import { type MicrophoneAnswer, PermissionsPage } from '../../../components/permissions/PermissionsPage';
import messages from '../../../components/public/_locales/en/messages.json';
import { pacedChannel } from '../../../lib/bus/paced';
import { setWording } from '../../../lib/ui/text';
import { createView } from '../../../lib/ui/view-model';
import { fakeBackground } from './fake-background';
import { NOW_MS } from './people';
import { type MICROPHONE_SCENES, SCENES } from './scenes';

const MICROPHONE: Record<(typeof MICROPHONE_SCENES)[number], MicrophoneAnswer | null> = {
  microphone: null,
  'microphone-denied': 'permission',
  'microphone-missing': 'no-microphone',
  'microphone-ready': 'ok',
};

const words: Readonly<Record<string, { message: string }>> = messages;
setWording({
  getMessage: (key, substitutions) => words[key]?.message.replace(/\$(\d)/gu, (_, place) => substitutions[Number(place) - 1] ?? '') ?? '',
  language: 'en-GB',
});

// Fetched before anything is shown: then no part of a page comes later than a scene is called ready.
const PARTS = [
  import('../../../components/chat/Chat'),
  import('../../../components/settings/SettingsScreen'),
  import('../../../components/chat/ChatOverlay'),
  import('../../../components/chat/EmojiPicker'),
];

const frame = () => new Promise(requestAnimationFrame);
/** Effects run in the frame after a render, and may render again. What moves has come to rest, unless it never does. */
async function settled(): Promise<void> {
  for (let count = 0; count < 4; count += 1) await frame();
  const moving = document.getAnimations().filter(({ effect }) => effect?.getComputedTiming().endTime !== Number.POSITIVE_INFINITY);
  await Promise.allSettled(moving.map(({ finished }) => finished));
}

async function showScene(app: HTMLElement, name: string): Promise<void> {
  const scene = SCENES[name];
  if (!scene) throw new Error(`no scene ${name}`);
  let id = 0;
  const connect = fakeBackground(scene);
  const model = createView({
    connect: () => pacedChannel(connect()),
    onAwake: () => undefined,
    isVisible: () => true,
    onVisibility: () => undefined,
    after(delayMs, run) {
      const timer = setTimeout(run, delayMs);
      return () => clearTimeout(timer);
    },
    now: () => NOW_MS,
    authenticators: { isOffered: async () => true, make: async () => 'passkey-refused', use: async () => 'passkey-refused' },
    saveFile: () => undefined,
    newId() {
      id += 1;
      return id.toString(16).padStart(32, 'c');
    },
  });
  Object.assign(globalThis, { model });
  const page = { copy: async () => true, openPermissions: () => undefined };
  render(<App model={model} page={scene.isPanel ? page : { ...page, openPanel: () => undefined }} />, app);
  await settled();
  if (scene.enter) {
    scene.enter(model);
    await settled();
  }
  if (scene.type) {
    const box = document.querySelector<HTMLTextAreaElement>(scene.type.selector);
    if (box) box.value = scene.type.text;
    box?.dispatchEvent(new Event('input', { bubbles: true }));
    await settled();
  }
  for (const selector of [scene.click ?? []].flat()) {
    document.querySelector<HTMLElement>(selector)?.click();
    await settled();
  }
  if (scene.menu) {
    document.querySelector(scene.menu)?.dispatchEvent(new MouseEvent('contextmenu', { bubbles: true, cancelable: true }));
    await settled();
  }
  if (scene.press) {
    document.querySelector('main')?.dispatchEvent(new KeyboardEvent('keydown', { key: scene.press, bubbles: true }));
    await settled();
  }
}

async function showMicrophone(app: HTMLElement, answer: MicrophoneAnswer | null): Promise<void> {
  render(<PermissionsPage askMicrophone={async () => answer ?? 'ok'} onClose={() => undefined} />, app);
  await settled();
  if (answer) document.querySelector('button')?.click();
  await settled();
}

const app = document.getElementById('app');
const name = location.hash.slice(1) || 'list';
if (app) {
  await Promise.allSettled(PARTS);
  if (name in MICROPHONE) await showMicrophone(app, MICROPHONE[name as keyof typeof MICROPHONE]);
  else await showScene(app, name);
  document.documentElement.dataset.ready = name;
}
