import { Inject, Injectable } from '@nestjs/common';
import { Dec, minimumChild, toleranceCheck, ZERO, type Decimal, type LegMinimum } from '#domain';
import {
  assertRoom,
  claimCustomId,
  isJsonObject,
  readEcho,
  toEpochMs,
  type JsonObject,
  type World,
} from '#order-intake';
import {
  GroupIntakeRepository,
  GroupViewRepository,
  type AcceptedMulti,
  type AcceptedOrder,
  type EpochMicros,
  type MultiRecord,
} from '#persistence';
import { ApiError } from '../http/api-error.js';
import { IntakeTransaction, type CreateOrderCommand, type Intake } from '../orders/intake-transaction.js';
import type { OrderView } from '../orders/order-detail-view.js';
import { admitMembers, newGroupId } from './admit-member.js';
import { writeMultiEcho } from './group-echo.js';
import { accountsFieldOf, parseMultiRequest, type MultiRequest } from './multi-request.js';
import { showCreatedMulti } from './multi-view.js';

/** Takes a multi order in: its row, its legs, and what wakes the first of them. */
@Injectable()
export class CreateMulti {
  constructor(@Inject(IntakeTransaction) private readonly intake: IntakeTransaction) {}

  /** @throws ApiError, OrderRefusal, DatabaseUnavailableError */
  run(command: CreateOrderCommand): Promise<OrderView> {
    return this.intake.run(command, {
      take,
      find: async (tx, { userId }, id, { warnings }) => {
        const found = await new GroupViewRepository(tx, userId).multi(id);
        return found === null ? null : { ...showCreatedMulti(found.record, found.condition !== null, []), warnings };
      },
    });
  }
}

async function take({ tx, command, repository, world, context, storesAs }: Intake): Promise<OrderView> {
  const { caller, body, traceId } = command;
  const { tenantId, userId } = caller;
  const parsed = parseMultiRequest(body, context);
  if (!parsed.ok) throw ApiError.ofFields(parsed.error);
  const request = parsed.value;
  const multiOrderId = newGroupId(world);
  const asked = request.legs.map((leg, index) => {
    const child = childBody(body, index);
    const prefix = `child_orders[${index}].`;
    const own = accountsFieldOf(child);
    const accountsField = own === null ? 'accounts' : `${prefix}${own}`;
    return { request: leg, body: child, prefix, paramsPrefix: '', accountsField };
  });
  const admitted = await admitMembers(tx, caller, asked, world, traceId);
  const legs = admitted.members.map((leg, index) => asLeg(leg, multiOrderId, index));
  checkTolerance(legs, request, world);
  await assertRoom(repository, legs.length, isHeld(legs));
  storesAs(multiOrderId);
  const multi = acceptedMulti(multiOrderId, request, legs, world.now, traceId);
  await claimCustomId(repository, request.customOrderId, multiOrderId);
  await new GroupIntakeRepository(tx, tenantId, userId).addMulti(multi);
  for (const leg of legs) await repository.add(leg);
  return showCreatedMulti(recordOf(multi, caller.userId), isHeld(legs), [
    ...warningsOf(request, legs),
    ...admitted.warnings,
  ]);
}

/** A leg waits until all begin together; the first one is what is woken for it. */
function asLeg(order: AcceptedOrder, multiOrderId: string, index: number): AcceptedOrder {
  return {
    ...order,
    record: {
      ...order.record,
      status: 'SCHEDULED',
      multiOrderId,
      condition: index === 0 ? order.record.condition : null,
      isHeldByFirstLeg: order.record.condition !== null,
    },
    group: { multiOrderId, chain: null, waits: index > 0 },
  };
}

function childBody(body: JsonObject, index: number): JsonObject {
  const children = body['child_orders'];
  const child: unknown = Array.isArray(children) ? children[index] : undefined;
  return isJsonObject(child as never) ? (child as JsonObject) : {};
}

/** Twice the largest minimum child must fit the tolerance (algorithms.md 7); without a market it is not known yet. */
function checkTolerance(legs: readonly AcceptedOrder[], { tolerance }: MultiRequest, { instruments }: World): void {
  const minima = legs.flatMap(({ record, legs: places }): LegMinimum[] => {
    const mid = record.arrivalPrice;
    if (mid === null || record.quoteAmount === null) return [];
    const least = places.map(({ venue, symbol }) => {
      const instrument = instruments.find((one) => one.venue === venue && one.symbol === symbol);
      return instrument === undefined ? ZERO : minimumChild(instrument, mid).mul(mid);
    });
    const minimum = least.reduce<Decimal>((most, one) => Dec.max(most, one), ZERO);
    return [{ side: record.side, planned: record.quoteAmount, minimum }];
  });
  if (minima.length < legs.length) return;
  const { tol, needed, isEnough } = toleranceCheck(minima, tolerance);
  if (isEnough) return;
  const text = `exposure_tolerance must leave at least ${needed.toFixed()} for two of the largest minimum child, was ${tol.toFixed()}`;
  throw new ApiError('below_minimum', text, { errors: { exposure_tolerance: [text] } });
}

/** The condition of all is that of the first leg. */
const isHeld = (legs: readonly AcceptedOrder[]): boolean => (legs[0]?.record.condition ?? null) !== null;

function acceptedMulti(
  id: string,
  request: MultiRequest,
  legs: readonly AcceptedOrder[],
  now: EpochMicros,
  traceId: string,
): AcceptedMulti {
  const [first] = request.legs;
  const [record] = legs.map((leg) => leg.record);
  if (first === undefined || record === undefined) throw new Error('A multi order must have legs');
  return {
    id,
    customOrderId: request.customOrderId,
    legIds: legs.map((leg) => leg.record.id),
    algorithm: record.algorithm,
    durationMs: request.durationMs,
    tolerance: request.tolerance,
    spreadLimit: request.spreadLimit,
    oolPause: first.strategyParams.oolPause,
    requestJson: writeMultiEcho({
      strategy_params: first.strategyParams.echo,
      notes: first.notes,
      engine_passiveness: first.passiveness.toFixed(),
      schedule_discretion: first.discretion.toFixed(),
      alpha_tilt: first.alphaTilt.toFixed(),
      pov_limit: first.povLimit?.toFixed() ?? null,
    }),
    createdAt: now,
    startAt: record.startAt,
    traceId,
  };
}

function recordOf(multi: AcceptedMulti, userId: MultiRecord['userId']): MultiRecord {
  return {
    ...multi,
    userId,
    status: 'SUBMITTED',
    failureReason: '',
    updatedAt: multi.createdAt,
    activatedAt: null,
    asOf: toEpochMs(multi.createdAt),
  };
}

/** What was found in the request, and on each leg when it was admitted, named by its place. */
function warningsOf(request: MultiRequest, legs: readonly AcceptedOrder[]): string[] {
  const ofLegs = legs.flatMap(({ record }, index) =>
    readEcho(record.requestJson)
      .warnings.filter((text) => !request.warnings.includes(text))
      .map((text) => `child_orders[${index}]: ${text}`),
  );
  return [...request.warnings, ...ofLegs];
}
