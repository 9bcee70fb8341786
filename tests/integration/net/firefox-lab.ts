/** The lab in a real headless Firefox whose microphone plays its built-in 1 kHz tone. */
import { requireBrowser } from '../../support/browsers-installed';
import { Profile } from '../../support/browsers-profile';
import { BidiSession } from '../../support/firefox-bidi';
import { FirefoxProcess } from '../../support/firefox-process';
import { serveLab } from './lab-server';

export interface FirefoxLab {
  /** Runs a function that uses nothing from outside but `lab`. */
  evaluate<Result>(run: () => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

/** A page of ours is not the extension: here the browser may grant the microphone unasked. */
const PREFERENCES = { 'media.navigator.permission.disabled': true, 'media.autoplay.default': 0, 'media.autoplay.blocking_policy': 0 };

export async function openFirefoxLab(): Promise<FirefoxLab> {
  const server = await serveLab();
  const profile = new Profile(undefined, 'net-lab');
  const firefox = new FirefoxProcess({ executable: requireBrowser('firefox'), extension: '', preferences: PREFERENCES }, profile.path);
  const session = await BidiSession.open(await firefox.endpoint());
  const { contexts } = await session.send<{ contexts: readonly { context: string }[] }>('browsingContext.getTree');
  const [{ context } = { context: '' }] = contexts;
  await session.send('browsingContext.navigate', { context, url: server.url, wait: 'complete' });
  return {
    evaluate: (run) => session.evaluate(context, `(${run})()`, 30_000),
    async close() {
      session.close();
      await firefox.kill();
      server.close();
      await profile.discard();
    },
  };
}
