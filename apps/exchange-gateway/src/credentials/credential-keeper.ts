import type { Logger } from '#observability';
import { AccountLeaseRepository, RepeatingTask, type Database } from '#persistence';
import { CredentialIntake, type CredentialIntakeParts } from './credential-intake.js';
import type { MasterKeys } from './master-keys.js';
import { rewrapCredentials } from './rewrap-credentials.js';

const ROTATION_EVERY_MS = 30_000;
/** A revoked key is used for no longer than 5 s. */
const STALE_EVERY_MS = 2_000;

/** Everything around venue keys that goes on while the gateway runs: taking them in, wrapping them anew, letting them go. */
export class CredentialKeeper {
  private readonly intake: CredentialIntake;
  private readonly rotation: RepeatingTask;
  private readonly expiry: RepeatingTask;
  private readonly masterKeys: MasterKeys;
  private readonly logger: Logger;
  /** Name of the master key under which everything was found or put. */
  private settledUnder = '';

  constructor(
    parts: Omit<CredentialIntakeParts, 'db'>,
    private readonly db: Database,
    sessions: { forgetStaleKeys(): Promise<void> },
  ) {
    const { masterKeys, logger } = parts;
    this.masterKeys = masterKeys;
    this.logger = logger;
    this.intake = new CredentialIntake({ ...parts, db });
    this.rotation = new RepeatingTask(
      () => this.rotate(),
      ROTATION_EVERY_MS,
      (error) => logger.error({ err: error }, 'venue keys not wrapped anew'),
    );
    this.expiry = new RepeatingTask(
      () => sessions.forgetStaleKeys(),
      STALE_EVERY_MS,
      (error) => logger.error({ err: error }, 'venue keys in use not checked'),
    );
  }

  start(): this {
    this.intake.start();
    this.rotation.start();
    this.expiry.start();
    return this;
  }

  async stop(): Promise<void> {
    await Promise.all([this.intake.stop(), this.rotation.stop(), this.expiry.stop()]);
  }

  private async rotate(): Promise<void> {
    await this.masterKeys.refresh();
    const { id } = this.masterKeys.current;
    if (this.settledUnder === id) return;
    const tenants = await this.db.inSystem((tx) => new AccountLeaseRepository(tx).tenants());
    const { rewrapped, unreadable } = await rewrapCredentials(this.db, this.masterKeys, tenants);
    if (rewrapped > 0) this.logger.info({ rewrapped, masterKeyId: id }, 'venue keys wrapped anew');
    if (unreadable > 0) this.logger.error({ unreadable }, 'venue keys that no master key of this gateway opens');
    this.settledUnder = id;
  }
}
