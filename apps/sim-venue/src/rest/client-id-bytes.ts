import { randomBytes } from 'node:crypto';

const LENGTH = 11;
/** Asking for random bytes costs about the same for one id as for hundreds. */
const POOL = 512 * LENGTH;

let pool = Buffer.alloc(0);
let used = 0;

/** Random bytes for a client id that a request did not bring. */
export function clientIdBytes(): Buffer {
  if (used === pool.length) {
    pool = randomBytes(POOL);
    used = 0;
  }
  used += LENGTH;
  return pool.subarray(used - LENGTH, used);
}
