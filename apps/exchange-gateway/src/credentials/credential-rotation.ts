import type { Logger } from '#observability';
import { AccountLeaseRepository, type Database } from '#persistence';
import type { KeyWrapper } from './key-wrapper.js';
import { rewrapCredentials } from './rewrap-credentials.js';

/** Looked at again although all was well: a process that has the keys in the old order yet may have added a row since. */
const AGAIN_AFTER_MS = 600_000;

/** Brings all venue keys under the master key in use, for as long as there is one that is not. */
export class CredentialRotation {
  /** The master keys under which everything was found or put; null while something is left to do. */
  private settledUnder: string | null = null;
  private settledAt = -Infinity;

  constructor(
    private readonly db: Database,
    private readonly keys: KeyWrapper,
    private readonly logger: Logger,
  ) {}

  /** Reads the master keys again and wraps anew what another than the first of them wraps. */
  async round(): Promise<void> {
    await this.keys.refresh();
    const known = await this.keys.knownIds();
    if (this.settledUnder === known && performance.now() - this.settledAt < AGAIN_AFTER_MS) return;
    const tenants = await this.db.inSystem((tx) => new AccountLeaseRepository(tx).tenants());
    const { rewrapped, unreadable } = await rewrapCredentials(this.db, this.keys, tenants);
    if (rewrapped > 0)
      this.logger.info({ rewrapped, masterKeyId: await this.keys.currentId() }, 'venue keys wrapped anew');
    if (unreadable > 0) this.logger.error({ unreadable }, 'venue keys that no key of this gateway opens');
    this.settledUnder = unreadable === 0 ? known : null;
    this.settledAt = performance.now();
  }
}
