import {
  decimal,
  epochMs,
  price,
  type CloseItem,
  type OpenItem,
  type Position,
  type PositionId,
  type StrategyId,
} from '#domain';

export const OPEN_ITEM: OpenItem = {
  key: 'in-1',
  gate: null,
  amount: decimal('0.5'),
  orderType: 'market',
  limitPrice: null,
  expiresAt: null,
  state: 'fired',
  appliedAt: epochMs(Date.parse('2026-03-02T09:01:00.101Z')),
  filled: decimal('1'),
  ...{ kept: decimal('1') },
};

export const takeProfit = (key: string, ratio: string, trigger: CloseItem['trigger']): CloseItem => ({
  key,
  kind: 'take_profit',
  ratio: decimal(ratio),
  trigger,
  state: 'armed',
  appliedAt: null,
  firedAt: null,
});

/** The open position of signal-apis.md 1.3, half of the capital at 146.21. */
export const POSITION: Position = {
  id: '0195c7a2-8b0e-7e11-9c55-0d6f2b1a4e90' as PositionId,
  number: 31,
  strategyId: '0195c7a0-1c00-7a10-b3b0-6a55d1f0c001' as StrategyId,
  pair: 'SOL-USDT',
  side: 'long',
  leverage: decimal('3'),
  state: 'open',
  endReason: null,
  openItems: [OPEN_ITEM],
  closeItems: [
    takeProfit('tp-1', '0.4', { kind: 'exact', price: price('158') }),
    takeProfit('tp-2', '1', { kind: 'ratio', ratio: decimal('1.12') }),
    { ...takeProfit('sl-1', '1', { kind: 'exact', price: price('131') }), kind: 'stop_loss' },
  ],
  size: decimal('0.5'),
  wasHeld: true,
  averageEntry: price('146.21'),
  paper: {
    size: decimal('0.5'),
    averageEntry: price('146.21'),
    averageExit: null,
    entered: decimal('0.5'),
    exited: decimal('0'),
  },
  reference: price('146.2'),
  orderExpiresAt: null,
  actionExpiresAt: null,
  legs: 1,
  ...{ follows: null },
  createdAt: epochMs(1767225700456),
  openedAt: epochMs(Date.parse('2026-03-02T09:01:00.412Z')),
  closedAt: null,
};
