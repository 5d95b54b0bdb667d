import { asUuid, type EpochMs, type ParentOrderId } from '#domain';

/**
 * A UUID version 7 (RFC 9562 section 5.7): 48 bits of time, then 74 random bits, so that ids rise with time and fall
 * into the month of their partition. `random` must be 10 fresh random bytes, or 10 of a hash where the id derives from what
 * it is for.
 */
export function uuidV7(at: EpochMs, random: Uint8Array): ParentOrderId {
  if (random.length !== 10) throw new RangeError(`Random bytes must be 10, were ${random.length}`);
  const tail = Buffer.from(random);
  tail.writeUInt8((tail.readUInt8(0) & 0x0f) | 0x70, 0);
  tail.writeUInt8((tail.readUInt8(2) & 0x3f) | 0x80, 2);
  return asUuid(at.toString(16).padStart(12, '0') + tail.toString('hex')) as ParentOrderId;
}
