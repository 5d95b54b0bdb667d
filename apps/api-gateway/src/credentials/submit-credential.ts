import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { AccountId, TenantId } from '#domain';
import {
  CredentialIntakeRepository,
  type SubmissionStanding,
  type TokenOwner,
  type Tx,
  type VenueAccount,
} from '#persistence';
import { closeIntakeBox, keyHintOf } from '#venues';
import { ApiError } from '../http/api-error.js';
import { RequestDatabase } from '../http/request-database.js';
import type { CredentialRequest } from './credential-request.js';
import { furtherSubmissionId, submissionIds } from './submission-ids.js';

/** The venue is asked what the key may do; whoever entered it waits for the verdict as long as this. */
const WAIT_MS = 8_000;
const LOOK_EVERY_MS = 100;

type IntakeKey = NonNullable<Awaited<ReturnType<CredentialIntakeRepository['intakeKey']>>>;

export interface Submitted {
  readonly id: string;
  /** Of each row of the account that the key was handed in for. */
  readonly standings: readonly SubmissionStanding[];
}

/** Hands a venue key to the gateway in a box that only the gateway can open. */
@Injectable()
export class SubmitCredential {
  constructor(@Inject(RequestDatabase) private readonly db: RequestDatabase) {}

  /** @throws ApiError `unavailable` before any gateway has run */
  async run(caller: TokenOwner, account: VenueAccount, request: CredentialRequest): Promise<Submitted> {
    const { tenantId } = caller;
    const key = await this.intakeKey();
    const rowIds = account.routes.map(({ accountId }) => accountId);
    const id = await this.db.inTenant(tenantId, (tx) => this.submit(tx, key, tenantId, rowIds, request));
    return { id, standings: await this.waitFor(caller, account, id) };
  }

  /** What boxes are closed for. @throws ApiError `unavailable` before any gateway has run */
  async intakeKey(): Promise<IntakeKey> {
    const key = await this.db.inSystem((tx) => new CredentialIntakeRepository(tx).intakeKey());
    if (key === null) throw ApiError.retryLater('unavailable', 'no exchange gateway has run yet to take the key', 5);
    return key;
  }

  /**
   * Puts a key before the gateway for every row of an account without waiting for the verdicts.
   * @param rowIds the account itself first
   * @returns the id of the submission for the account itself, by which the others are found
   */
  async submit(
    tx: Tx,
    key: IntakeKey,
    tenantId: TenantId,
    rowIds: readonly AccountId[],
    request: CredentialRequest,
  ): Promise<string> {
    const first = randomUUID();
    for (const [i, accountId] of rowIds.entries())
      await this.submitOne(
        tx,
        key,
        tenantId,
        accountId,
        i === 0 ? first : furtherSubmissionId(first, accountId),
        request,
      );
    return first;
  }

  private async submitOne(
    tx: Tx,
    key: IntakeKey,
    tenantId: TenantId,
    accountId: AccountId,
    id: string,
    request: CredentialRequest,
  ): Promise<void> {
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
  }

  /** Of what was handed in for this account under that id; empty where nothing was. */
  async standings(caller: TokenOwner, account: VenueAccount, id: string): Promise<SubmissionStanding[]> {
    const ids = submissionIds(account, [id]);
    const found = await this.db.inTenant(caller.tenantId, (tx) => new CredentialIntakeRepository(tx).standings(ids));
    return found.filter((standing) => account.routes.some(({ accountId }) => accountId === standing.accountId));
  }

  private async waitFor(caller: TokenOwner, account: VenueAccount, id: string): Promise<SubmissionStanding[]> {
    const until = performance.now() + WAIT_MS;
    for (;;) {
      const standings = await this.standings(caller, account, id);
      if (!standings.some(({ outcome }) => outcome === null) || performance.now() >= until) return standings;
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }
}
