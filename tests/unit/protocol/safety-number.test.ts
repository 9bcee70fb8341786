import { expect, it } from 'vitest';
import { concat } from '../../../lib/protocol/bytes';
import { createIdentity } from '../../../lib/protocol/identity';
import { label } from '../../../lib/protocol/kdf';
import { safetyNumber } from '../../../lib/protocol/safety-number';
import { signXeddsa } from '../../../lib/protocol/xeddsa';
import { engine } from './parties';

const [alice, bob, mallory] = [createIdentity(engine), createIdentity(engine), createIdentity(engine)];

it('a safety number is 60 digits, the same on both sides, and another for anybody else', () => {
  const number = safetyNumber(alice.statement, bob.statement);
  expect(number).toMatch(/^\d{60}$/);
  expect(safetyNumber(bob.statement, alice.statement)).toBe(number);
  expect(safetyNumber(alice.statement, mallory.statement)).not.toBe(number);
});

it('a safety number covers both keys of an identity, and not how they were signed', () => {
  const keys = concat(bob.sigPublic, bob.dhPublic);
  const resigned = concat(
    bob.statement.slice(0, 129),
    signXeddsa(bob.dhSecret, concat(label('identity by agreement key'), keys), engine.randomBytes(64)),
  );
  expect(safetyNumber(alice.statement, resigned)).toBe(safetyNumber(alice.statement, bob.statement));
});

it('a statement that is not signed has no safety number', () => {
  const forged = concat(bob.statement.slice(0, 33), mallory.dhPublic, bob.statement.slice(65));
  expect(() => safetyNumber(alice.statement, forged)).toThrow('bad-signature');
});
