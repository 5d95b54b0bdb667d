import { Inject, Injectable } from '@nestjs/common';
import { TokenRepository, type TokenOwner } from '#persistence';
import { RequestDatabase } from '../http/request-database.js';

/** A revoked token works no longer than 5 s (reliability.md S-01); the rest is for the look-up itself. */
const KNOWN_FOR_MS = 4_000;
const UNKNOWN_FOR_MS = 1_000;
const MAX_ENTRIES = 10_000;

interface Entry {
  readonly owner: Promise<TokenOwner | null>;
  until: number;
}

/** Whose token it is, remembered for seconds so that not every request asks the database. */
@Injectable()
export class TokenDirectory {
  private readonly entries = new Map<string, Entry>();

  constructor(@Inject(RequestDatabase) private readonly db: RequestDatabase) {}

  /** Null for an unknown or revoked token. @throws DatabaseUnavailableError */
  async ownerOf(tokenHash: string): Promise<TokenOwner | null> {
    const now = performance.now();
    const known = this.entries.get(tokenHash);
    if (known !== undefined && known.until > now) return known.owner;
    // Entered before it is known, so that a burst on a new token asks once.
    const entry: Entry = { owner: this.lookUp(tokenHash), until: now + KNOWN_FOR_MS };
    this.remember(tokenHash, entry);
    try {
      const owner = await entry.owner;
      if (owner === null) entry.until = now + UNKNOWN_FOR_MS;
      return owner;
    } catch (error) {
      if (this.entries.get(tokenHash) === entry) this.entries.delete(tokenHash);
      throw error;
    }
  }

  /** What was just revoked is to be asked for again; other processes find out within seconds. */
  forget(tokenHash: string): void {
    this.entries.delete(tokenHash);
  }

  private lookUp(tokenHash: string): Promise<TokenOwner | null> {
    return this.db.withTokenHash(tokenHash, (tx) => new TokenRepository(tx).findOwner(tokenHash));
  }

  private remember(tokenHash: string, entry: Entry): void {
    this.entries.delete(tokenHash);
    this.entries.set(tokenHash, entry);
    if (this.entries.size <= MAX_ENTRIES) return;
    const oldest = this.entries.keys().next();
    if (oldest.done !== true) this.entries.delete(oldest.value);
  }
}
