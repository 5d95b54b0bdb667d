import { Controller, HttpCode, Inject, Post } from '@nestjs/common';
import type { JsonObject } from '#order-intake';
import type { TokenOwner } from '#persistence';
import { Access, Caller } from '../auth/access.js';
import { CloseBalances } from '../balances/close-balances.js';
import { RunsApart } from '../http/idempotent-posts.js';
import { JsonBody } from '../http/request-body.js';
import { SetLeverage } from './set-leverage.js';

type View = Readonly<Record<string, unknown>>;

/** What is done to whole accounts (order-api.md 2): their leverage set, their balances closed. */
@Controller('api')
export class AccountActionsController {
  constructor(
    @Inject(SetLeverage) private readonly leverage: SetLeverage,
    @Inject(CloseBalances) private readonly closing: CloseBalances,
  ) {}

  @Post('set_leverage')
  @HttpCode(200)
  @Access('trade', 'writes')
  @RunsApart()
  setLeverage(@Caller() caller: TokenOwner, @JsonBody() body: JsonObject): Promise<View> {
    return this.leverage.run(caller, body);
  }

  @Post('close_balances')
  @HttpCode(200)
  @Access('trade', 'writes')
  @RunsApart()
  closeBalances(@Caller() caller: TokenOwner, @JsonBody() body: JsonObject): Promise<View> {
    return this.closing.run(caller, body);
  }
}
