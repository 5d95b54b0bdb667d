import { createPublicKey, type KeyObject } from 'node:crypto';

/** Answers of `GET /sapi/v1/account/apiRestrictions`; they also decide what the key may do. */
export interface KeyRestrictions {
  readonly ipRestrict: boolean;
  readonly enableReading: boolean;
  readonly enableSpotAndMarginTrading: boolean;
  readonly enableFutures: boolean;
  readonly enableWithdrawals: boolean;
}

export const DEFAULT_RESTRICTIONS: KeyRestrictions = {
  ipRestrict: true,
  enableReading: true,
  enableSpotAndMarginTrading: true,
  enableFutures: true,
  enableWithdrawals: false,
};

/** How requests of a key are signed: with a shared secret, or with a private key whose public half is known here. */
export type KeyType = 'HMAC' | 'ED25519';

/** A fact about a customer; see `VenueRecord`. */
export type CustomerRecord =
  | {
      readonly k: 'account';
      readonly id: number;
      readonly name: string;
      readonly apiKey: string;
      /** HMAC: the shared secret. ED25519: the public key, PEM. */
      readonly apiSecret: string;
      readonly keyType: KeyType;
      readonly permissions: readonly string[];
      readonly restrictions: KeyRestrictions;
      readonly at: number;
    }
  /** Account numbers up to this one are used up. */
  | { readonly k: 'accountMark'; readonly last: number }
  | { readonly k: 'restrictions'; readonly account: number; readonly restrictions: KeyRestrictions };

/** Who trades here, with one key for every product. What is owned stands in the wallets of the products. */
export class Customer {
  readonly id: number;
  readonly name: string;
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly keyType: KeyType;
  readonly permissions: readonly string[];
  readonly createdAt: number;
  /** Of an ED25519 key; null for a shared secret. */
  readonly publicKey: KeyObject | null;
  restrictions: KeyRestrictions;

  /** @throws Error when the key type is ED25519 and the secret is not a public key in PEM */
  constructor(record: Extract<CustomerRecord, { k: 'account' }>) {
    this.id = record.id;
    this.name = record.name;
    this.apiKey = record.apiKey;
    this.apiSecret = record.apiSecret;
    this.keyType = record.keyType;
    this.permissions = record.permissions;
    this.createdAt = record.at;
    this.restrictions = record.restrictions;
    this.publicKey = record.keyType === 'ED25519' ? createPublicKey(record.apiSecret) : null;
  }
}
