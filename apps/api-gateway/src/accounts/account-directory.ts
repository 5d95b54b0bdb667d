import { Inject, Injectable } from '@nestjs/common';
import { AccountRepository, MOCK_ACCOUNT, type TokenOwner, type Tx, type VenueAccount } from '#persistence';

/** Whether the account `mock`, which every user has, is shown and traded on. */
export const MOCK_SHOWN = Symbol('mock shown');

/** The accounts that a caller can name. */
@Injectable()
export class AccountDirectory {
  constructor(@Inject(MOCK_SHOWN) private readonly isMockShown: boolean) {}

  /** The caller's own, archived ones too. */
  async own(tx: Tx, { userId }: TokenOwner): Promise<VenueAccount[]> {
    return (await new AccountRepository(tx).ofUser(userId)).filter(({ name }) => this.isShown(name));
  }

  /** Those, and the ones that are shared with the caller, as `owner/name`. */
  async reachable(tx: Tx, { userId }: TokenOwner): Promise<VenueAccount[]> {
    return (await new AccountRepository(tx).reachableBy(userId)).filter(({ name }) => this.isShown(name));
  }

  isShown(name: string): boolean {
    return this.isMockShown || name.split('/').at(-1) !== MOCK_ACCOUNT.name;
  }
}
