import type { TokenOwner, UpdateRange, OrderUpdate } from '#persistence';

/** What a connection reads from; all of it throws DatabaseUnavailableError. */
export interface UpdateSource {
  /** What there is; everything committed before the call is in it. */
  range(owner: TokenOwner): Promise<UpdateRange>;
  /** The next updates after `seq`, at most `limit`, with what there is as of the same moment. */
  after(
    owner: TokenOwner,
    seq: number,
    limit: number,
  ): Promise<{ updates: readonly OrderUpdate[]; range: UpdateRange }>;
}
