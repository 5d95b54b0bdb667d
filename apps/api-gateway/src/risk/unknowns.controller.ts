import { Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import type { ClientOrderId, VenueOrderId } from '#domain';
import { isStorable, shown, type JsonObject } from '#order-intake';
import { UnknownOrderRepository, type Finding, type TokenOwner, type UnknownOrder } from '#persistence';
import { Access, Caller } from '../auth/access.js';
import { ApiError } from '../http/api-error.js';
import { JsonBody } from '../http/request-body.js';
import { RequestDatabase } from '../http/request-database.js';

type View = Readonly<Record<string, unknown>>;
const CLIENT_ORDER_ID = /^[0-9a-f]{32}$/;
const FIELDS = ['outcome', 'venue_order_id', 'evidence'];

/** Child orders whose outcome is not known, and a person's word on those that the machine parked. */
@Controller('manage/v1')
export class UnknownsController {
  constructor(@Inject(RequestDatabase) private readonly db: RequestDatabase) {}

  @Get('unknowns')
  @Access('read', 'reads')
  async list(@Caller() caller: TokenOwner): Promise<View> {
    const orders = await this.db.inTenant(caller.tenantId, (tx) =>
      new UnknownOrderRepository(tx, caller.tenantId).list(),
    );
    return { unknowns: orders.map(show) };
  }

  @Post('unknowns/:client_order_id/resolve')
  @HttpCode(200)
  @Access('admin', 'writes')
  async resolve(
    @Caller() caller: TokenOwner,
    @Param('client_order_id') id: string,
    @JsonBody() body: JsonObject,
  ): Promise<View> {
    const finding = readFinding(body);
    const isDone =
      CLIENT_ORDER_ID.test(id) &&
      (await this.db.inTenant(caller.tenantId, (tx) =>
        new UnknownOrderRepository(tx, caller.tenantId).resolve(id as ClientOrderId, finding, caller.userId),
      ));
    if (!isDone) throw new ApiError('not_found', 'There is no parked order of that id.');
    return { client_order_id: id, outcome: finding.outcome };
  }
}

/** @throws ApiError with every fault */
function readFinding(body: JsonObject): Finding {
  const errors: Record<string, string[]> = {};
  const must = (ok: boolean, field: string, text: string): void => {
    if (!ok) (errors[field] ??= []).push(`${text}, was ${body[field] === undefined ? 'missing' : shown(body[field])}`);
  };
  for (const field of Object.keys(body)) must(FIELDS.includes(field), field, `${field} is not a field of a finding`);
  const { outcome, evidence, venue_order_id: venueOrderId } = body;
  must(outcome === 'absent' || outcome === 'found', 'outcome', 'outcome must be absent or found');
  must(
    outcome === 'found'
      ? typeof venueOrderId === 'string' && venueOrderId !== '' && venueOrderId.length <= 64 && isStorable(venueOrderId)
      : venueOrderId === undefined,
    'venue_order_id',
    'venue_order_id must be the venue’s id of a found order',
  );
  must(
    typeof evidence === 'string' && evidence.trim().length >= 10 && evidence.length <= 2_000 && isStorable(evidence),
    'evidence',
    'evidence must be a text of 10 to 2000 whole characters other than U+0000',
  );
  if (Object.keys(errors).length > 0) throw ApiError.ofFields(errors);
  return outcome === 'found'
    ? { outcome, venueOrderId: venueOrderId as VenueOrderId, evidence: evidence as string }
    : { outcome: 'absent', evidence: evidence as string };
}

function show(order: UnknownOrder): View {
  return {
    client_order_id: order.clientOrderId,
    order_id: order.parentOrderId,
    sequence: order.sequence,
    account: order.account,
    venue: order.venue,
    symbol: order.symbol,
    side: order.side,
    price: order.price,
    quantity: order.orderQty,
    code: order.code,
    lookups: order.lookups,
    since: order.since.toISOString(),
    parked_at: order.parkedAt?.toISOString() ?? null,
    parked_why: order.parkedWhy,
  };
}
