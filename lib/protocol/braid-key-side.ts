/** The braid's side that has the KEM key: sends header and vector, receives both halves of the ciphertext, gets the secret last. */
import type { Braid, BraidPart, BraidStep, KeySide } from './braid';
import { authenticate, checkAuthentic, finishEpoch, MAC_BYTES } from './braid-authenticator';
import type { Bytes } from './bytes';
import type { Engine } from './engine';
import { addChunk, type Chunk, type Inbound, type Outbound, startSending, takeChunk } from './erasure';
import type { KeySchedule } from './key-schedule';
import { CT1_BYTES, CT2_BYTES, decapsulateSplit, SPLIT_SEED_BYTES, splitKey } from './split-kem';

type In<Kind extends KeySide['kind']> = Extract<KeySide, { readonly kind: Kind }>;
type SendStep = BraidStep & { readonly part: BraidPart };

function sampleKey(
  engine: Pick<Engine, 'randomBytes'>,
  { epoch, authenticator }: In<'keys-unsampled'>,
  schedule: KeySchedule,
): In<'keys-sampled'> {
  const seed = engine.randomBytes(SPLIT_SEED_BYTES);
  const header = authenticate(authenticator, epoch, { what: 'header', carried: splitKey(seed).header }, schedule);
  return { kind: 'keys-sampled', epoch, authenticator, seed, header: startSending(header) };
}

function chunkOf<Kind extends 'header' | 'vector' | 'vector-and-ack'>(kind: Kind, outbound: Outbound) {
  const { chunk, rest } = takeChunk(outbound);
  return { part: { kind, chunk }, rest };
}

export function sendAsKeySide(engine: Pick<Engine, 'randomBytes'>, braid: KeySide, schedule: KeySchedule): SendStep {
  switch (braid.kind) {
    case 'keys-unsampled':
      return sendAsKeySide(engine, sampleKey(engine, braid, schedule), schedule);
    case 'keys-sampled': {
      const { part, rest } = chunkOf('header', braid.header);
      return { braid: { ...braid, header: rest }, part, output: null };
    }
    case 'header-sent': {
      const { part, rest } = chunkOf('vector', braid.vector);
      return { braid: { ...braid, vector: rest }, part, output: null };
    }
    case 'ct1-received': {
      const { part, rest } = chunkOf('vector-and-ack', braid.vector);
      return { braid: { ...braid, vector: rest }, part, output: null };
    }
    case 'ct2-receiving':
      return { braid, part: { kind: 'none' }, output: null };
    default:
      return braid satisfies never;
  }
}

const unchanged = (braid: Braid): BraidStep => ({ braid, output: null });

interface Receiving {
  readonly epoch: number;
  readonly authenticator: KeySide['authenticator'];
  readonly seed: Bytes;
}

function receiveCt1({ epoch, authenticator, seed }: Receiving, vector: Outbound, inbound: Inbound, chunk: Chunk): BraidStep {
  const assembly = addChunk(inbound, chunk, CT1_BYTES);
  if (assembly.kind === 'partial') return unchanged({ kind: 'header-sent', epoch, authenticator, seed, vector, ct1: assembly.inbound });
  return unchanged({ kind: 'ct1-received', epoch, authenticator, seed, vector, ct1: assembly.message });
}

/** The places change with the last chunk of the ciphertext: the seed has done its work and goes. */
function receiveCt2(
  { epoch, authenticator, seed, ct1 }: Receiving & { readonly ct1: Bytes },
  inbound: Inbound,
  chunk: Chunk,
  schedule: KeySchedule,
): BraidStep {
  const assembly = addChunk(inbound, chunk, CT2_BYTES + MAC_BYTES);
  if (assembly.kind === 'partial') return unchanged({ kind: 'ct2-receiving', epoch, authenticator, seed, ct1, ct2: assembly.inbound });
  const shared = decapsulateSplit(seed, ct1, assembly.message.slice(0, CT2_BYTES));
  const finished = finishEpoch(authenticator, epoch, shared, schedule);
  checkAuthentic(finished.authenticator, epoch, { what: 'ciphertext', carried: assembly.message, before: ct1 }, schedule);
  return {
    braid: { kind: 'no-header', epoch: epoch + 1, authenticator: finished.authenticator, header: [] },
    output: { epoch, secret: finished.secret },
  };
}

/** A part this state does not wait for comes late, or twice. */
export function receiveAsKeySide(braid: KeySide, part: BraidPart, schedule: KeySchedule): BraidStep {
  switch (braid.kind) {
    case 'keys-sampled':
      return part.kind === 'ct1' ? receiveCt1(braid, startSending(splitKey(braid.seed).vector), [], part.chunk) : unchanged(braid);
    case 'header-sent':
      return part.kind === 'ct1' ? receiveCt1(braid, braid.vector, braid.ct1, part.chunk) : unchanged(braid);
    case 'ct1-received':
      return part.kind === 'ct2' ? receiveCt2(braid, [], part.chunk, schedule) : unchanged(braid);
    case 'ct2-receiving':
      return part.kind === 'ct2' ? receiveCt2(braid, braid.ct2, part.chunk, schedule) : unchanged(braid);
    case 'keys-unsampled':
      return unchanged(braid);
    default:
      return braid satisfies never;
  }
}
