/** What the budget has to say to whoever acts for one account. */
export type LimitNotice =
  /** The venue's own count of a limit should be read. */
  | { readonly kind: 'reading_due' }
  /** The venue ended the session; a login within the next `ms` would be refused. */
  | { readonly kind: 'session_killed'; readonly limit: string; readonly ms: number };

/** Hands what happens to an account's limits to the account's session in this process. */
export class LimitNotices {
  private readonly listeners = new Map<string, (notice: LimitNotice) => void>();

  /** The newest listener of an account is the one that hears. */
  listen(accountId: string, listener: (notice: LimitNotice) => void): () => void {
    this.listeners.set(accountId, listener);
    return () => {
      if (this.listeners.get(accountId) === listener) this.listeners.delete(accountId);
    };
  }

  /** @param scope of the limit: the account comes first in each that is not by address */
  say(scope: string, notice: LimitNotice): void {
    this.listeners.get(scope.split('/')[0] ?? '')?.(notice);
  }
}
