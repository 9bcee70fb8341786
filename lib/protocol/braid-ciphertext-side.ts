/** The braid's side that has the ciphertext: receives header and vector, has the secret first and says nothing of it yet. */
import type { Braid, BraidPart, BraidStep, CiphertextSide } from './braid';
import { authenticate, checkAuthentic, finishEpoch, MAC_BYTES } from './braid-authenticator';
import type { Bytes } from './bytes';
import type { Engine } from './engine';
import { addChunk, type Chunk, startSending, takeChunk } from './erasure';
import type { KeySchedule } from './key-schedule';
import { encapsulateHeader, encapsulateVector, SPLIT_HEADER_BYTES, SPLIT_MESSAGE_BYTES, SPLIT_VECTOR_BYTES } from './split-kem';

type In<Kind extends CiphertextSide['kind']> = Extract<CiphertextSide, { readonly kind: Kind }>;
type SendStep = BraidStep & { readonly part: BraidPart };

/** The secret is known from here on; the authenticator moves on with it. */
function encapsulate(engine: Pick<Engine, 'randomBytes'>, { epoch, authenticator, header }: In<'header-received'>, schedule: KeySchedule) {
  const message = engine.randomBytes(SPLIT_MESSAGE_BYTES);
  const { ct1, shared } = encapsulateHeader(header, message);
  const finished = finishEpoch(authenticator, epoch, shared, schedule);
  const braid: In<'ct1-sampled'> = {
    kind: 'ct1-sampled',
    epoch,
    authenticator: finished.authenticator,
    header,
    message,
    ct1: startSending(ct1),
    vector: [],
  };
  return { braid, output: { epoch, secret: finished.secret } };
}

function sendCt1(braid: In<'ct1-sampled'> | In<'vector-received'>, output: BraidStep['output']): SendStep {
  const { chunk, rest } = takeChunk(braid.ct1);
  return { braid: { ...braid, ct1: rest }, part: { kind: 'ct1', chunk }, output };
}

export function sendAsCiphertextSide(engine: Pick<Engine, 'randomBytes'>, braid: CiphertextSide, schedule: KeySchedule): SendStep {
  switch (braid.kind) {
    case 'header-received': {
      const encapsulated = encapsulate(engine, braid, schedule);
      return sendCt1(encapsulated.braid, encapsulated.output);
    }
    case 'ct1-sampled':
    case 'vector-received':
      return sendCt1(braid, null);
    case 'ct2-sampled': {
      const { chunk, rest } = takeChunk(braid.ct2);
      return { braid: { ...braid, ct2: rest }, part: { kind: 'ct2', chunk }, output: null };
    }
    case 'no-header':
    case 'ct1-acknowledged':
      return { braid, part: { kind: 'none' }, output: null };
    default:
      return braid satisfies never;
  }
}

const unchanged = (braid: Braid): BraidStep => ({ braid, output: null });

function receiveHeader({ epoch, authenticator, header }: In<'no-header'>, chunk: Chunk, schedule: KeySchedule): Braid {
  const assembly = addChunk(header, chunk, SPLIT_HEADER_BYTES + MAC_BYTES);
  if (assembly.kind === 'partial') return { kind: 'no-header', epoch, authenticator, header: assembly.inbound };
  const whole = checkAuthentic(authenticator, epoch, { what: 'header', carried: assembly.message }, schedule);
  return { kind: 'header-received', epoch, authenticator, header: whole };
}

/** The second half of the ciphertext, with the code over both. The message has done its work and goes. */
function finishCiphertext(
  { epoch, authenticator, header, message }: In<'ct1-sampled' | 'ct1-acknowledged'>,
  vector: Bytes,
  schedule: KeySchedule,
): Bytes {
  const { ct1, ct2 } = encapsulateVector(header, vector, message);
  return authenticate(authenticator, epoch, { what: 'ciphertext', carried: ct2, before: ct1 }, schedule);
}

function receiveVector(braid: In<'ct1-sampled' | 'ct1-acknowledged'>, chunk: Chunk, isAcknowledged: boolean, schedule: KeySchedule): Braid {
  const { epoch, authenticator, header, message } = braid;
  const assembly = addChunk(braid.vector, chunk, SPLIT_VECTOR_BYTES);
  if (assembly.kind === 'whole') {
    const ct2 = finishCiphertext(braid, assembly.message, schedule);
    if (braid.kind === 'ct1-sampled' && !isAcknowledged) return { kind: 'vector-received', epoch, authenticator, ct1: braid.ct1, ct2 };
    return { kind: 'ct2-sampled', epoch, authenticator, ct2: startSending(ct2) };
  }
  const vector = assembly.inbound;
  if (braid.kind === 'ct1-sampled' && !isAcknowledged) return { ...braid, vector };
  return { kind: 'ct1-acknowledged', epoch, authenticator, header, message, vector };
}

/** A part this state does not wait for comes late, or twice. */
export function receiveAsCiphertextSide(braid: CiphertextSide, part: BraidPart, schedule: KeySchedule): BraidStep {
  const isAcknowledged = part.kind === 'vector-and-ack';
  switch (braid.kind) {
    case 'no-header':
      return unchanged(part.kind === 'header' ? receiveHeader(braid, part.chunk, schedule) : braid);
    case 'ct1-sampled':
    case 'ct1-acknowledged':
      if (part.kind !== 'vector' && part.kind !== 'vector-and-ack') return unchanged(braid);
      return unchanged(receiveVector(braid, part.chunk, isAcknowledged, schedule));
    case 'vector-received':
      if (!isAcknowledged) return unchanged(braid);
      return unchanged({ kind: 'ct2-sampled', epoch: braid.epoch, authenticator: braid.authenticator, ct2: startSending(braid.ct2) });
    case 'header-received':
    case 'ct2-sampled':
      return unchanged(braid);
    default:
      return braid satisfies never;
  }
}
