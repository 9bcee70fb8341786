/** What people see of an identity before they compare safety numbers. */
import { toHex } from './bytes';
import { openIdentityStatement } from './identity';
import { hash, label } from './kdf';

const FINGERPRINT_BYTES = 16;

/** 32 hex digits of the two keys. A re-signed statement of the same keys has the same fingerprint. @throws as `openIdentityStatement` */
export function fingerprint(statement: Uint8Array): string {
  const { sigPublic, dhPublic } = openIdentityStatement(statement);
  return toHex(hash(label('fingerprint'), sigPublic, dhPublic).subarray(0, FINGERPRINT_BYTES));
}
