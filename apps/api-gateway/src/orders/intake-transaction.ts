import { Inject, Injectable } from '@nestjs/common';
import type { ParentOrderId } from '#domain';
import { parseContext, type IntakeWorld, type JsonObject, type MidPrices, type ParseContext } from '#order-intake';
import { DatabaseUnavailableError, OrderIntakeRepository, type TokenOwner, type Tx } from '#persistence';
import { AccountDirectory } from '../accounts/account-directory.js';
import { VENUE_LIST, type ListedVenue } from '../credentials/venue-list.js';
import { RequestDatabase } from '../http/request-database.js';
import { InstrumentDirectory } from '../market/instrument-directory.js';
import { MID_PRICES } from '../market/snapshot-mid-prices.js';
import { findAfterLostReply } from './lost-reply.js';

export interface CreateOrderCommand {
  readonly caller: TokenOwner;
  readonly body: JsonObject;
  /** 32 hex digits that follow the order through every job and log line. */
  readonly traceId: string;
}

/** One transaction that takes something in, and what a request is parsed and checked with. */
export interface Intake {
  readonly tx: Tx;
  readonly command: CreateOrderCommand;
  readonly repository: OrderIntakeRepository;
  readonly world: IntakeWorld;
  readonly context: ParseContext;
  /** To be said before the first row is written: by this id it is looked for when the commit's reply is lost. */
  readonly storesAs: (id: ParentOrderId) => void;
}

/** How one kind of thing (an order, a multi order, a chain) is taken in. */
export interface IntakeOf<T> {
  /** Checks and stores it. @throws ApiError, OrderRefusal */
  readonly take: (intake: Intake) => Promise<T>;
  /**
   * It as stored, null when it is not there.
   * @param taken what `take` made of it: not all that is said at once is stored
   */
  readonly find: (tx: Tx, caller: TokenOwner, id: ParentOrderId, taken: T) => Promise<T | null>;
}

/** Takes in what a request asks for: checks, rows, history, due work and jobs in one transaction, or nothing of it. */
@Injectable()
export class IntakeTransaction {
  constructor(
    @Inject(RequestDatabase) private readonly db: RequestDatabase,
    @Inject(AccountDirectory) private readonly accounts: AccountDirectory,
    @Inject(InstrumentDirectory) private readonly instruments: InstrumentDirectory,
    @Inject(MID_PRICES) private readonly mids: MidPrices,
    @Inject(VENUE_LIST) private readonly venues: readonly ListedVenue[],
  ) {}

  /** @throws ApiError, OrderRefusal, DatabaseUnavailableError */
  async run<T>(command: CreateOrderCommand, { take, find }: IntakeOf<T>): Promise<T> {
    const { caller } = command;
    const instruments = await this.instruments.all();
    let tried: ParentOrderId | undefined;
    let taken: T | undefined;
    try {
      return await this.db.inTenant(caller.tenantId, async (tx) => {
        const repository = new OrderIntakeRepository(tx, caller.tenantId, caller.userId);
        const now = await repository.begin();
        const accounts = await this.accounts.reachable(tx, caller);
        const world = { now, instruments, mids: this.mids, venues: this.venues, accounts };
        const context = parseContext(world);
        taken = undefined;
        taken = await take({ tx, command, repository, world, context, storesAs: (id) => (tried = id) });
        return taken;
      });
    } catch (error) {
      // With a key the commit is the whole request's, and looked up by the key. What was not taken whole never commits.
      if (!(error instanceof DatabaseUnavailableError) || this.db.isInOneTransaction()) throw error;
      if (tried === undefined || taken === undefined) throw error;
      const [id, told] = [tried, taken];
      return findAfterLostReply(this.db, caller, error, (tx) => find(tx, caller, id, told));
    }
  }
}
