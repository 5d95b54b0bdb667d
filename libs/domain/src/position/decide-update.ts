import type { Decimal } from '../numeric/decimal.js';
import type { CloseItem, OpenItem, Position } from './contract.js';
import { disabledProblem } from './decide-opening.js';
import { orderExpiry } from './fire-item.js';
import type { LegAction } from './leg-action.js';
import { armedCloseItem, armedOpenItem } from './new-position.js';
import { nameOf, refused, textOf, type SignalDecision, type SignalInput } from './signal-decision.js';
import type { SignalIntent, WantedCloseItem, WantedOpenItem } from './signal-intent.js';
import { isSame, sizeToCome, SIZE_TOLERANCE } from './size.js';
import { itemsProblem } from './wanted-problem.js';
import { closeWarnings, expectedEntry } from './wanted-warnings.js';

type Update = Extract<SignalIntent, { action: 'update' }>;

/** Replaces the items of a live position that have not triggered (signal-apis.md 1.2). */
export function update(input: SignalInput, wanted: Update, position: Position): SignalDecision {
  const problem =
    disabledProblem(input) ??
    lockedProblem(wanted, position) ??
    triggeredProblem(wanted, position) ??
    listsProblem(wanted, position);
  if (problem !== null) return problem;
  const updated: Position = {
    ...position,
    openItems: wanted.openItems.map((item) => triggeredOpen(position, item.key) ?? armedOpenItem(item)),
    closeItems: wanted.closeItems.map((item) => triggeredClose(position, item) ?? armedCloseItem(item)),
    orderExpiresAt: wanted.orderExpiresAt ?? position.orderExpiresAt,
    actionExpiresAt: wanted.actionExpiresAt ?? position.actionExpiresAt,
  };
  if (input.entryRefusal !== null && entriesGrow(position, updated))
    return refused('rejected_risk', input.entryRefusal);
  const entry = position.averageEntry ?? expectedEntry(wanted.openItems, input.mid);
  return {
    reason: 'updated',
    message: `updated ${nameOf(updated)}`,
    warnings: closeWarnings(position.side, wanted.closeItems, entry),
    changes: [{ position: updated, actions: movedExpiries(position, updated) }],
  };
}

function lockedProblem({ side, leverage }: Update, position: Position): SignalDecision | null {
  if (side !== null && side !== position.side)
    return refused('rejected_locked_field', `position.type must stay ${position.side}, was ${side}`);
  if (leverage === null || (position.leverage !== null && isSame(leverage, position.leverage))) return null;
  return refused('rejected_locked_field', `leverage must stay ${textOf(position.leverage)}, was ${leverage.toFixed()}`);
}

/** Each item that fired, rests or expired must be there, and as it was. */
function triggeredProblem(wanted: Update, position: Position): SignalDecision | null {
  for (const item of position.openItems) {
    if (item.state === 'armed') continue;
    const found = wanted.openItems.find(({ key }) => key === item.key);
    const change = found === undefined ? 'it was missing' : openItemChange(item, found);
    if (change !== null) return triggered('open_orders', item.key, change);
  }
  for (const item of position.closeItems) {
    if (item.state === 'armed') continue;
    const found = wanted.closeItems.find((other) => isSameKey(other, item));
    const change = found === undefined ? 'it was missing' : closeItemChange(item, found);
    if (change !== null) return triggered(item.kind, item.key, change);
  }
  return null;
}

const triggered = (list: string, key: string, change: string): SignalDecision =>
  refused('rejected_triggered_item', `${list} ${key} has triggered and cannot be changed: ${change}`);

function openItemChange(item: OpenItem, wanted: WantedOpenItem): string | null {
  if (gateOf(item) !== gateOf(wanted) && !isSameGate(item, wanted))
    return `condition must be ${gateOf(item)}, was ${gateOf(wanted)}`;
  if (!isSame(item.amount, wanted.amount))
    return `amount must be ${item.amount.toFixed()}, was ${wanted.amount.toFixed()}`;
  if (item.orderType !== wanted.orderType) return `order_type must be ${item.orderType}, was ${wanted.orderType}`;
  if (item.orderType === 'limit' && !isSameOrNone(item.limitPrice, wanted.limitPrice))
    return `price must be ${textOf(item.limitPrice)}, was ${textOf(wanted.limitPrice)}`;
  return null;
}

function isSameGate({ gate }: WantedOpenItem, wanted: WantedOpenItem): boolean {
  return gate !== null && wanted.gate !== null && gate.op === wanted.gate.op && isSame(gate.price, wanted.gate.price);
}

const gateOf = ({ gate }: WantedOpenItem): string => (gate === null ? 'true' : `${gate.op} ${gate.price.toFixed()}`);

const isSameOrNone = (a: Decimal | null, b: Decimal | null): boolean =>
  a === null || b === null ? a === b : isSame(a, b);

function closeItemChange(item: CloseItem, wanted: WantedCloseItem): string | null {
  if (!isSame(item.ratio, wanted.ratio))
    return `amount_ratio must be ${item.ratio.toFixed()}, was ${wanted.ratio.toFixed()}`;
  const [name, value] = triggerOf(item);
  const [otherName, other] = triggerOf(wanted);
  if (name === otherName && isSame(value, other)) return null;
  return `${name} must be ${value.toFixed()}, was ${otherName} ${other.toFixed()}`;
}

function triggerOf({ trigger }: WantedCloseItem): readonly [name: string, value: Decimal] {
  return trigger.kind === 'exact' ? ['price_exact', trigger.price] : ['price_ratio', trigger.ratio];
}

function listsProblem({ openItems, closeItems }: Update, position: Position): SignalDecision | null {
  const problem =
    openItems.length === 0
      ? 'open_orders must not be empty while no item has triggered'
      : itemsProblem(position.side, openItems, closeItems);
  return problem === null ? null : refused('rejected_schema', problem);
}

const isSameKey = (a: WantedCloseItem, b: WantedCloseItem): boolean => a.kind === b.kind && a.key === b.key;

function triggeredOpen(position: Position, key: string): OpenItem | undefined {
  return position.openItems.find((item) => item.key === key && item.state !== 'armed');
}

function triggeredClose(position: Position, wanted: WantedCloseItem): CloseItem | undefined {
  return position.closeItems.find((item) => isSameKey(item, wanted) && item.state !== 'armed');
}

/** A risk refusal meets entries only: moving closes, or entries that are no larger, goes through. */
function entriesGrow(before: Position, after: Position): boolean {
  return sizeToCome(after.openItems).gt(sizeToCome(before.openItems).add(SIZE_TOLERANCE));
}

/** Orders that rest already end when the update says. */
function movedExpiries(before: Position, after: Position): LegAction[] {
  if (after.legs === 0 || after.legs === null) return [];
  return after.openItems.flatMap((item): LegAction[] => {
    const expiresAt = orderExpiry(after, item);
    const isMoved = item.state === 'placed' && expiresAt !== orderExpiry(before, item);
    return isMoved ? [{ kind: 'move_expiry', item: item.key, expiresAt }] : [];
  });
}
