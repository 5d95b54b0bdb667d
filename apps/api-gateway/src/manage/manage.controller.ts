import { Controller, Get, Inject, Param } from '@nestjs/common';
import { AccountRepository, AccountStatusRepository, type TokenOwner } from '#persistence';
import { Access, Caller } from '../auth/access.js';
import { ReadOrderCost } from '../costs/read-order-cost.js';
import { RequestDatabase } from '../http/request-database.js';
import { InstrumentDirectory } from '../market/instrument-directory.js';
import type { OrderView } from '../orders/order-detail-view.js';
import { readOrderId } from '../orders/read-orders.js';
import { showD } from '../orders/show-values.js';
import { ReadTrajectory } from './read-trajectory.js';
import { showAccountStatus } from './show-account-status.js';

/** Routes of our own, beside the dialects: what the dashboard needs and they do not offer. */
@Controller('manage/v1')
export class ManageController {
  constructor(
    @Inject(RequestDatabase) private readonly db: RequestDatabase,
    @Inject(InstrumentDirectory) private readonly directory: InstrumentDirectory,
    @Inject(ReadTrajectory) private readonly trajectories: ReadTrajectory,
    @Inject(ReadOrderCost) private readonly costs: ReadOrderCost,
  ) {}

  @Get('orders/:id/trajectory')
  @Access('read', 'reads')
  trajectory(@Caller() caller: TokenOwner, @Param('id') id: string): Promise<OrderView> {
    return this.trajectories.run(caller, readOrderId(id));
  }

  @Get('orders/:id/cost')
  @Access('read', 'reads')
  cost(@Caller() caller: TokenOwner, @Param('id') id: string): Promise<OrderView> {
    return this.costs.run(caller, readOrderId(id));
  }

  /** An instrument stands here once per exchange of the caller's accounts. */
  @Get('instruments')
  @Access('read', 'reads')
  async instruments(@Caller() caller: TokenOwner): Promise<OrderView> {
    const known = await this.directory.all();
    const accounts = await this.db.inTenant(caller.tenantId, (tx) => new AccountRepository(tx).ofUser(caller.userId));
    const reached = new Map(
      accounts
        .filter((a) => !a.isArchived)
        .flatMap(({ exchange, routes }) => routes.map(({ venue }) => [`${venue} ${exchange}`, { venue, exchange }])),
    );
    return {
      instruments: [...reached.values()].flatMap(({ venue, exchange }) =>
        known
          .filter((instrument) => instrument.venue === venue && instrument.status === 'trading')
          .map((instrument) => ({
            pair: instrument.pair,
            venue,
            exchange,
            market_type: instrument.marketType,
            symbol: instrument.symbol,
            base: instrument.base,
            quote: instrument.quote,
            tick: showD(instrument.tick),
            lot: showD(instrument.lot),
            min_qty: showD(instrument.minQty),
            min_notional: showD(instrument.minNotional),
          })),
      ),
    };
  }

  @Get('accounts')
  @Access('read', 'reads')
  async accounts(@Caller() caller: TokenOwner): Promise<OrderView> {
    const accounts = await this.db.inTenant(caller.tenantId, (tx) =>
      new AccountStatusRepository(tx).ofUser(caller.userId),
    );
    return { accounts: accounts.map(showAccountStatus) };
  }
}
