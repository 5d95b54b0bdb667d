import { judgeKey, type AccountId, type KeyPermissions, type TenantId, type VenueId } from '#domain';
import type { Logger } from '#observability';
import {
  audit,
  CredentialIntakeRepository,
  RepeatingTask,
  type CredentialTask,
  type Database,
  type SubmissionOutcome,
  type Tx,
} from '#persistence';
import { IntakeBoxError, openIntakeBox } from '#venues';
import { z } from 'zod';
import { Lanes } from '../lanes.js';
import type { VenueCredential } from './envelope.js';
import { KeyServiceError, type KeyWrapper } from './key-wrapper.js';
import { addCredential } from './store-credential.js';

/** Whoever enters a key waits for the verdict. */
const LOOK_EVERY_MS = 1_000;
const OFFER_EVERY_MS = 60_000;
const TAKEN_FOR_MS = 60_000;
/** Of one venue: one that is silent fills its own places and keeps nobody else waiting. */
const AT_ONCE = 4;
const BATCH = 16;

/** What the probe of a key came to; null permissions: the venue answers the key, but does not tell. */
export type Probe =
  | { readonly kind: 'told'; readonly permissions: KeyPermissions | null }
  /** The venue refuses the key, with what it said. */
  | { readonly kind: 'key_refused'; readonly text: string }
  /** The venue was not asked: the budget of the call is used up, or not known yet as that of a new account. */
  | { readonly kind: 'waits' }
  /** Nothing was found out; asked again later. */
  | { readonly kind: 'failed'; readonly text: string };

export interface CredentialIntakeParts {
  readonly db: Database;
  readonly keys: KeyWrapper;
  readonly venues: readonly VenueId[];
  readonly allowUnverified: boolean;
  probe(venue: VenueId, accountId: AccountId, credential: VenueCredential): Promise<Probe>;
  readonly logger: Logger;
}

/** So often a venue may be asked and not answer before a submission is refused. */
const PATIENCE = 3;

type Submission = NonNullable<Awaited<ReturnType<CredentialIntakeRepository['undecided']>>>;

/** What the API puts into a box. */
export const boxContent = z.strictObject({
  apiKey: z.string().min(1),
  apiSecret: z.string().min(1),
  passphrase: z.string().min(1).optional(),
});

/** Takes in venue keys that the API has closed for this gateway: opens, asks the venue what they may do, keeps or refuses. */
export class CredentialIntake {
  private readonly task: RepeatingTask;
  private offeredAt = -Infinity;
  private readonly tries = new Map<string, number>();
  private readonly lanes: Lanes<VenueId>;
  private readonly onError = (error: unknown): void =>
    this.parts.logger.error({ err: error }, 'venue keys not taken in');

  constructor(private readonly parts: CredentialIntakeParts) {
    this.task = new RepeatingTask(() => this.run(), LOOK_EVERY_MS, this.onError);
    this.lanes = new Lanes(AT_ONCE, this.onError);
  }

  start(): this {
    this.task.start();
    return this;
  }

  async stop(): Promise<void> {
    await this.task.stop();
    await this.lanes.stop();
  }

  private async run(): Promise<void> {
    const { db, keys } = this.parts;
    if (performance.now() - this.offeredAt > OFFER_EVERY_MS) {
      const [inUse] = await keys.intakeKeys();
      if (inUse === undefined) return;
      await db.inSystem((tx) => new CredentialIntakeRepository(tx).offerKey(inUse.keyId, inUse.publicKey));
      this.offeredAt = performance.now();
    }
    const tasks = await db.inSystem((tx) => new CredentialIntakeRepository(tx).take(BATCH, TAKEN_FOR_MS));
    await Promise.all(tasks.map((task) => this.hand(task).catch(this.onError)));
    if (tasks.length === BATCH) this.task.nudge();
  }

  /** Waits for no venue: where its places are taken, the submission comes up again in a second. */
  private async hand(task: CredentialTask): Promise<void> {
    const { submissionId, tenantId } = task;
    const { db } = this.parts;
    const submission = await db.inTenant(tenantId, (tx) => new CredentialIntakeRepository(tx).undecided(submissionId));
    if (submission === null) return;
    if (this.lanes.hasRoom(submission.venue))
      this.lanes.add(submission.venue, () => this.takeIn(task, submission).catch((e: unknown) => this.later(task, e)));
    else await this.giveBack(submissionId);
  }

  /** Nothing is lost by a key service that does not answer: the box stays, and is opened when it does. */
  private async later({ submissionId }: CredentialTask, error: unknown): Promise<void> {
    if (error instanceof KeyServiceError) await this.giveBack(submissionId);
    throw error;
  }

  private async takeIn({ submissionId, tenantId }: CredentialTask, submission: Submission): Promise<void> {
    const { db, venues } = this.parts;
    const { accountId, venue, keyId, box, instruments } = submission;
    const refuse = (code: string, text: string): Promise<void> =>
      this.decide(tenantId, accountId, submissionId, { outcome: 'refused', version: null, code, text });
    if (!venues.includes(venue)) return refuse('VENUE_UNKNOWN', `the gateway does not reach the venue ${venue}`);
    const credential = await this.open(keyId, `${tenantId}|${accountId}|${submissionId}`, box);
    if (credential === null)
      return refuse('BOX_UNREADABLE', 'the gateway’s key has changed meanwhile: enter the venue key again');

    const probe = await this.parts.probe(venue, accountId, credential);
    if (probe.kind === 'key_refused') return refuse('KEY_REFUSED', `the venue refuses the key: ${probe.text}`);
    if (probe.kind === 'waits') return this.giveBack(submissionId);
    if (probe.kind === 'failed') return this.failed(submissionId, probe.text, refuse);
    const verdict = judgeKey(probe.permissions, this.parts.allowUnverified);
    if (!verdict.ok) return refuse(verdict.error.code, verdict.error.text);

    const { canTrade, canWithdraw, ipBound } = probe.permissions ?? {
      canTrade: null,
      canWithdraw: null,
      ipBound: null,
    };
    const facts = { canTrade, canWithdraw, ipBound, warnings: verdict.value, instruments };
    const settle = async (tx: Tx, version: number): Promise<boolean> => {
      const intake = new CredentialIntakeRepository(tx);
      if ((await intake.undecided(submissionId)) === null) return false;
      await intake.decide(submissionId, { outcome: 'accepted', version, code: '', text: '' });
      return true;
    };
    await addCredential(db, this.parts.keys, { tenantId, accountId }, credential, facts, settle);
    this.parts.logger.info({ accountId, warnings: verdict.value }, 'venue key taken in');
  }

  private async open(keyId: string, context: string, box: Buffer): Promise<VenueCredential | null> {
    const { keys } = this.parts;
    const find = async () => (await keys.intakeKeys()).find((k) => k.keyId === keyId);
    let key = await find();
    if (key === undefined) {
      await keys.refresh(); // another gateway may have seen a new key first, and offered it
      key = await find();
    }
    if (key === undefined) return null;
    try {
      const { passphrase, ...rest } = boxContent.parse(JSON.parse(openIntakeBox(key, context, box)));
      return passphrase === undefined ? rest : { ...rest, passphrase };
    } catch (error) {
      if (error instanceof IntakeBoxError || error instanceof z.ZodError || error instanceof SyntaxError) return null;
      throw error;
    }
  }

  /** Left for the next try, which comes when its lease has run out; but nobody waits for ever. */
  private async failed(
    submissionId: string,
    text: string,
    refuse: (code: string, text: string) => Promise<void>,
  ): Promise<void> {
    const tries = (this.tries.get(submissionId) ?? 0) + 1;
    this.tries.set(submissionId, tries);
    if (tries < PATIENCE) return this.giveBack(submissionId);
    this.tries.delete(submissionId);
    await refuse('VENUE_SILENT', `the venue did not tell what the key may do: ${text}`);
  }

  private giveBack(submissionId: string): Promise<void> {
    return this.parts.db.inSystem((tx) => new CredentialIntakeRepository(tx).giveBack(submissionId));
  }

  private async decide(
    tenantId: TenantId,
    accountId: AccountId,
    submissionId: string,
    outcome: SubmissionOutcome,
  ): Promise<void> {
    await this.parts.db.inTenant(tenantId, async (tx) => {
      await new CredentialIntakeRepository(tx).decide(submissionId, outcome);
      await audit(tx, tenantId, [
        { entity: 'account', entityId: accountId, event: 'credential_refused', data: { code: outcome.code } },
      ]);
    });
    this.parts.logger.warn({ accountId, code: outcome.code }, 'venue key refused');
  }
}
