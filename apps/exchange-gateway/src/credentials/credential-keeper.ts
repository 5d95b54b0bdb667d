import { RepeatingTask, type Database } from '#persistence';
import { CredentialIntake, type CredentialIntakeParts } from './credential-intake.js';
import { CredentialRotation } from './credential-rotation.js';

const ROTATION_EVERY_MS = 30_000;
/** A revoked key is used for no longer than 5 s. */
const STALE_EVERY_MS = 2_000;

/** Everything around venue keys that goes on while the gateway runs: taking them in, wrapping them anew, letting them go. */
export class CredentialKeeper {
  private readonly intake: CredentialIntake;
  private readonly rotation: RepeatingTask;
  private readonly expiry: RepeatingTask;

  constructor(parts: Omit<CredentialIntakeParts, 'db'>, db: Database, sessions: { forgetStaleKeys(): Promise<void> }) {
    const { keys, logger } = parts;
    this.intake = new CredentialIntake({ ...parts, db });
    const rotation = new CredentialRotation(db, keys, logger);
    this.rotation = new RepeatingTask(
      () => rotation.round(),
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
}
