import { UnreadableChildError } from '#persistence';
import type { ReconciliationParts } from './comparison.js';
import type { Drift, DriftKind } from './drift.js';

/** Rows that change all the time are told again after so many. */
const MOST_KNOWN = 1_000;

/** What cannot be read, ours or the venue's, is a difference for a person to see to: it keeps nothing else from being compared. */
export class Unreadable {
  constructor(
    private readonly parts: Pick<ReconciliationParts, 'account' | 'logger' | 'toldUnreadable'>,
    private readonly drift: Drift,
  ) {}

  /** Counted each time, told once: it is there again in the next comparison. */
  tell(kind: DriftKind, subject: string, whose: 'ours' | 'theirs', why: string): void {
    const { account, logger, toldUnreadable } = this.parts;
    const mismatch = { kind, subject, ours: '', theirs: '', [whose]: `cannot be read: ${why}` };
    const name = `${kind} ${subject} ${why}`;
    this.drift.add(mismatch, toldUnreadable.has(name));
    if (toldUnreadable.has(name)) return;
    if (toldUnreadable.size >= MOST_KNOWN) toldUnreadable.clear();
    toldUnreadable.add(name);
    const { accountId, venue } = account;
    logger.error({ accountId, venue, kind, subject, whose, why }, 'cannot be read, the rest is compared without it');
  }

  /** Does what is about one child; false where the child's row cannot be read. */
  async unless(kind: DriftKind, subject: string, work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      if (!(error instanceof UnreadableChildError)) throw error;
      this.tell(kind, subject, 'ours', error.child.why);
      return false;
    }
  }
}
