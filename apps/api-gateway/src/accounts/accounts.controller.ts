import { Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import type { JsonObject } from '#order-intake';
import {
  AccountCommandRepository,
  AccountRepository,
  ExternalOrderRepository,
  PositionRepository,
  type TokenOwner,
  type Tx,
  type VenueAccount,
} from '#persistence';
import { Access, Caller } from '../auth/access.js';
import { ApiError } from '../http/api-error.js';
import { JsonBody } from '../http/request-body.js';
import { RequestDatabase } from '../http/request-database.js';
import { readSettingChange } from './read-setting-change.js';
import { showCommand, showExternalOrder, showPosition, type View } from './show-account.js';

const MOST_EXTERNAL_ORDERS = 200;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * What stands at a venue account beside our own orders. What changes something there is stored as a command first and
 * carried out by the gateway that holds the account; its outcome is read under its id.
 */
@Controller('manage/v1')
export class AccountsController {
  constructor(@Inject(RequestDatabase) private readonly db: RequestDatabase) {}

  /** Orders that are not ours: those that work, then the last that ended. */
  @Get('accounts/:account/external-orders')
  @Access('read', 'reads')
  externalOrders(@Caller() caller: TokenOwner, @Param('account') name: string): Promise<View> {
    return this.of(caller, name, async (tx, account) => ({
      external_orders: (
        await new ExternalOrderRepository(tx, caller.tenantId).shown(account.id, MOST_EXTERNAL_ORDERS)
      ).map(showExternalOrder),
    }));
  }

  /** Names one order of others to be cancelled: nothing else ever cancels one. */
  @Post('accounts/:account/external-orders/:symbol/:order/cancel')
  @HttpCode(202)
  @Access('cancel', 'cancels')
  cancelExternal(
    @Caller() caller: TokenOwner,
    @Param('account') name: string,
    @Param('symbol') symbol: string,
    @Param('order') venueOrderId: string,
  ): Promise<View> {
    return this.of(caller, name, async (tx, account) => {
      const order = await new ExternalOrderRepository(tx, caller.tenantId).find(account.id, symbol, venueOrderId);
      if (order === null) throw new ApiError('not_found', 'Not found.');
      const command = await new AccountCommandRepository(tx, caller.tenantId).add(account.id, caller.userId, {
        kind: 'cancel_external',
        symbol,
        argument: venueOrderId,
      });
      return showCommand(command, account.name);
    });
  }

  @Get('accounts/:account/positions')
  @Access('read', 'reads')
  positions(@Caller() caller: TokenOwner, @Param('account') name: string): Promise<View> {
    return this.of(caller, name, async (tx, account) => {
      const positions = new PositionRepository(tx, caller.tenantId);
      const held = await Promise.all(account.routes.map(({ accountId }) => positions.ofAccount(accountId)));
      return {
        positions: held
          .flat()
          .filter(({ qty }) => !qty.isZero())
          .map((position) => showPosition(position, Date.now())),
      };
    });
  }

  /** Hedge mode, leverage or margin type; refused by the gateway while an order or a position is in the way. */
  @Post('accounts/:account/settings')
  @HttpCode(202)
  @Access('admin', 'writes')
  changeSetting(
    @Caller() caller: TokenOwner,
    @Param('account') name: string,
    @JsonBody() body: JsonObject,
  ): Promise<View> {
    const change = readSettingChange(body);
    return this.of(caller, name, async (tx, account) =>
      showCommand(
        await new AccountCommandRepository(tx, caller.tenantId).add(account.id, caller.userId, change),
        account.name,
      ),
    );
  }

  @Get('accounts/:account/commands/:id')
  @Access('read', 'reads')
  command(@Caller() caller: TokenOwner, @Param('account') name: string, @Param('id') id: string): Promise<View> {
    return this.of(caller, name, async (tx, account) => {
      const found = UUID.test(id) ? await new AccountCommandRepository(tx, caller.tenantId).find(id) : null;
      if (found === null || found.accountId !== account.id) throw new ApiError('not_found', 'Not found.');
      return showCommand(found, account.name);
    });
  }

  /** @throws ApiError when the caller has no account of this name */
  private of<T>(
    { tenantId, userId }: TokenOwner,
    name: string,
    work: (tx: Tx, account: VenueAccount) => Promise<T>,
  ): Promise<T> {
    return this.db.inTenant(tenantId, async (tx) => {
      const own = await new AccountRepository(tx).ofUser(userId);
      const account = own.find((one) => one.name === name && !one.isArchived);
      if (account === undefined) throw new ApiError('not_found', 'Not found.');
      return work(tx, account);
    });
  }
}
