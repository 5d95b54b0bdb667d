import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { AccountId, TenantId } from '#domain';
import {
  CredentialIntakeRepository,
  type SubmissionOutcome,
  type TokenOwner,
  type Tx,
  type VenueAccount,
} from '#persistence';
import { closeIntakeBox, keyHintOf } from '#venues';
import { ApiError } from '../http/api-error.js';
import { RequestDatabase } from '../http/request-database.js';
import type { CredentialRequest } from './credential-request.js';

/** The venue is asked what the key may do; whoever entered it waits for the verdict as long as this. */
const WAIT_MS = 8_000;
const LOOK_EVERY_MS = 100;

type IntakeKey = NonNullable<Awaited<ReturnType<CredentialIntakeRepository['intakeKey']>>>;

export interface Submitted {
  readonly id: string;
  /** Null while the gateway has not decided. */
  readonly outcome: SubmissionOutcome | null;
}

/** Hands a venue key to the gateway in a box that only the gateway can open. */
@Injectable()
export class SubmitCredential {
  constructor(@Inject(RequestDatabase) private readonly db: RequestDatabase) {}

  /** @throws ApiError `unavailable` before any gateway has run */
  async run(caller: TokenOwner, account: VenueAccount, request: CredentialRequest): Promise<Submitted> {
    const { tenantId } = caller;
    const key = await this.intakeKey();
    const id = await this.db.inTenant(tenantId, (tx) => this.submit(tx, key, tenantId, account.id, request));
    return { id, outcome: await this.waitFor(caller, id) };
  }

  /** What boxes are closed for. @throws ApiError `unavailable` before any gateway has run */
  async intakeKey(): Promise<IntakeKey> {
    const key = await this.db.inSystem((tx) => new CredentialIntakeRepository(tx).intakeKey());
    if (key === null) throw ApiError.retryLater('unavailable', 'no exchange gateway has run yet to take the key', 5);
    return key;
  }

  /** Puts a key before the gateway without waiting for its verdict. @returns the id of the submission */
  async submit(
    tx: Tx,
    key: IntakeKey,
    tenantId: TenantId,
    accountId: AccountId,
    request: CredentialRequest,
  ): Promise<string> {
    const id = randomUUID();
    const { apiKey, apiSecret, passphrase, instruments } = request;
    const content = JSON.stringify({
      apiKey: apiKey.reveal(),
      apiSecret: apiSecret.reveal(),
      ...(passphrase === null ? {} : { passphrase: passphrase.reveal() }),
    });
    const box = closeIntakeBox(key.publicKey, `${tenantId}|${accountId}|${id}`, content);
    await new CredentialIntakeRepository(tx).submit(tenantId, {
      ...{ id, accountId, keyId: key.keyId, box, instruments },
      keyHint: keyHintOf(apiKey.reveal()),
    });
    return id;
  }

  outcome(caller: TokenOwner, id: string): Promise<SubmissionOutcome | null> {
    return this.db.inTenant(caller.tenantId, (tx) => new CredentialIntakeRepository(tx).outcome(id));
  }

  private async waitFor(caller: TokenOwner, id: string): Promise<SubmissionOutcome | null> {
    const until = performance.now() + WAIT_MS;
    while (performance.now() < until) {
      const outcome = await this.outcome(caller, id);
      if (outcome !== null) return outcome;
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    return null;
  }
}
