import { expect, it } from 'vitest';
import stored from '../../vectors/transcript.json';
import { transcript } from './transcript';

it('no byte of wire version 1 has changed: the same randomness gives the stored transcript', async () => {
  expect(await transcript()).toEqual(stored);
});
