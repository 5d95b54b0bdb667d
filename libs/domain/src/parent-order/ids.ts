import { createHash } from 'node:crypto';
import type { Brand } from '../numeric/decimal.js';

/** UUID of a parent order; version 7, so that ids rise with time and partitions can be cut by id. */
export type ParentOrderId = Brand<string, 'ParentOrderId'>;
export type TenantId = Brand<string, 'TenantId'>;
export type UserId = Brand<string, 'UserId'>;
export type AccountId = Brand<string, 'AccountId'>;
/** 32 lower-case hex digits (128 bits); see {@link deriveClientOrderId}. */
export type ClientOrderId = Brand<string, 'ClientOrderId'>;
export type VenueOrderId = Brand<string, 'VenueOrderId'>;
/** The venue's id of one fill; unique only together with account, instrument and venue order. */
export type TradeId = Brand<string, 'TradeId'>;
export type VenueId = Brand<string, 'VenueId'>;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** True for any UUID, whatever its version. */
export function isUuid(value: string): boolean {
  return UUID.test(value);
}

/** 32 hex digits as they are written in a UUID. */
export function asUuid(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/**
 * The id under which a child order is known at its venue: the first 16 bytes of
 * SHA-256(parent id, 0x00, sequence) as hex (venues.md A3). It is derived, so a crash between deciding
 * and sending can never make a second id for the same child.
 */
export function deriveClientOrderId(parentOrderId: ParentOrderId, sequence: number): ClientOrderId {
  const digest = createHash('sha256').update(parentOrderId).update('\0').update(String(sequence)).digest('hex');
  return digest.slice(0, 32) as ClientOrderId;
}
