import type { AccountId, TenantId, VenueId } from '#domain';
import type { Tx } from '../database.js';
import { row, rows, send } from '../sql.js';

export interface CredentialSubmission {
  readonly id: string;
  readonly accountId: AccountId;
  /** Which of the gateway's keys the box was closed for. */
  readonly keyId: string;
  readonly box: Buffer;
  readonly instruments: readonly string[] | null;
}

/** One that is being handed in. */
export interface NewSubmission extends CredentialSubmission {
  /** Last characters of a long key, empty for a short one. */
  readonly keyHint: string;
}

export interface SubmissionOutcome {
  readonly outcome: 'accepted' | 'refused';
  /** Of the stored key; null when it was refused. */
  readonly version: number | null;
  /** `WITHDRAWAL_ENABLED` for example; empty when it was accepted. */
  readonly code: string;
  readonly text: string;
}

export interface SubmissionStanding {
  readonly accountId: AccountId;
  /** Null while it is not decided. */
  readonly outcome: SubmissionOutcome | null;
}

export interface CredentialTask {
  readonly submissionId: string;
  readonly tenantId: TenantId;
}

/** Venue keys on their way from the API, which cannot read them, to the gateway, which judges them. */
export class CredentialIntakeRepository {
  constructor(private readonly tx: Tx) {}

  /** The public half of the gateway's key in use; null before a gateway has ever run. */
  async intakeKey(): Promise<{ keyId: string; publicKey: Buffer } | null> {
    const found = await row<{ key_id: string; public_key: Buffer }>(
      this.tx,
      'SELECT key_id, public_key FROM credential_intake_keys ORDER BY used_at DESC LIMIT 1',
    );
    return found === null ? null : { keyId: found.key_id, publicKey: found.public_key };
  }

  /** Says which key the API is to close boxes for from now on. */
  async offerKey(keyId: string, publicKey: Buffer): Promise<void> {
    await send(
      this.tx,
      `INSERT INTO credential_intake_keys (key_id, public_key) VALUES ($1, $2)
       ON CONFLICT (key_id) DO UPDATE SET used_at = clock_timestamp()`,
      [keyId, publicKey],
    );
  }

  async submit(tenantId: TenantId, submission: NewSubmission): Promise<void> {
    const { id, accountId, keyId, box, instruments, keyHint } = submission;
    await send(
      this.tx,
      `INSERT INTO credential_submissions (id, tenant_id, account_id, key_id, box, instruments, key_hint)
       VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [id, tenantId, accountId, keyId, box, instruments, keyHint],
    );
    await send(this.tx, 'INSERT INTO credential_work (submission_id, tenant_id) VALUES ($1, $2)', [id, tenantId]);
  }

  /** Those of the submissions that there are, decided or not. */
  async standings(ids: readonly string[]): Promise<SubmissionStanding[]> {
    const found = await rows<{
      account_id: string;
      outcome: SubmissionOutcome['outcome'] | null;
      version: number | null;
      code: string;
      text: string;
    }>(
      this.tx,
      'SELECT account_id, outcome, version, code, text FROM credential_submissions WHERE id = ANY($1::uuid[])',
      [ids],
    );
    return found.map(({ account_id: id, outcome, ...told }) => ({
      accountId: id as AccountId,
      outcome: outcome === null ? null : { outcome, ...told },
    }));
  }

  /** All that were ever handed in for an account's row, decided or not. */
  async submissionsOf(accountId: AccountId): Promise<string[]> {
    const found = await rows<{ id: string }>(this.tx, 'SELECT id FROM credential_submissions WHERE account_id = $1', [
      accountId,
    ]);
    return found.map(({ id }) => id);
  }

  /** The submissions that came to this key of the account: the same may be entered again. */
  async keptAs(accountId: AccountId, version: number): Promise<string[]> {
    const found = await rows<{ id: string }>(
      this.tx,
      'SELECT id FROM credential_submissions WHERE account_id = $1 AND version = $2',
      [accountId, version],
    );
    return found.map(({ id }) => id);
  }

  /**
   * Takes waiting submissions for so long; one whose worker died comes up again, and one that was given back comes after
   * those that were never looked at. In system context.
   */
  async take(limit: number, leaseMs: number): Promise<CredentialTask[]> {
    const found = await rows<{ submission_id: string; tenant_id: string }>(
      this.tx,
      `UPDATE credential_work SET taken_until = clock_timestamp() + make_interval(secs => $2 / 1000.0)
       WHERE submission_id IN (
         SELECT submission_id FROM credential_work WHERE taken_until IS NULL OR taken_until < clock_timestamp()
         ORDER BY COALESCE(taken_until, created_at) LIMIT $1 FOR UPDATE SKIP LOCKED)
       RETURNING submission_id, tenant_id`,
      [limit, leaseMs],
    );
    return found.map((r) => ({ submissionId: r.submission_id, tenantId: r.tenant_id as TenantId }));
  }

  /** Lets it be taken again a second from now. In system context. */
  async giveBack(id: string): Promise<void> {
    await send(
      this.tx,
      `UPDATE credential_work SET taken_until = clock_timestamp() + interval '1 second' WHERE submission_id = $1`,
      [id],
    );
  }

  /** An undecided submission, locked; null when it is decided, or gone. */
  async undecided(id: string): Promise<(CredentialSubmission & { readonly venue: VenueId }) | null> {
    const found = await row<{
      account_id: string;
      key_id: string;
      box: Buffer;
      instruments: string[] | null;
      venue: string;
    }>(
      this.tx,
      `SELECT s.account_id, s.key_id, s.box, s.instruments, a.venue
       FROM credential_submissions s JOIN accounts a ON a.id = s.account_id
       WHERE s.id = $1 AND s.outcome IS NULL FOR UPDATE OF s`,
      [id],
    );
    if (found === null) return null;
    return {
      id,
      accountId: found.account_id as AccountId,
      keyId: found.key_id,
      box: found.box,
      instruments: found.instruments,
      venue: found.venue as VenueId,
    };
  }

  /** Writes the end of it and forgets the box. */
  async decide(id: string, { outcome, version, code, text }: SubmissionOutcome): Promise<void> {
    await send(
      this.tx,
      `UPDATE credential_submissions
       SET outcome = $2, version = $3, code = $4, text = $5, decided_at = clock_timestamp(), box = NULL
       WHERE id = $1`,
      [id, outcome, version, code, text],
    );
    await send(this.tx, 'DELETE FROM credential_work WHERE submission_id = $1', [id]);
  }
}
