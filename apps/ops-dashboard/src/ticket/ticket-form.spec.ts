import { describe, expect, it } from '@jest/globals';
import { Dec } from '../format/decimal.js';
import { EMPTY_TICKET, estimateOf, FLAGS, messagesOf, requestOf, type TicketForm } from './ticket-form.js';

const form = (over: Partial<TicketForm> = {}): TicketForm => ({
  ...EMPTY_TICKET,
  pair: 'ETH-USDT',
  size: '1.50',
  accounts: ['mock'],
  ...over,
});
const sent = (over: Partial<TicketForm> = {}): unknown => JSON.parse(requestOf(form(over)));

describe('the ticket', () => {
  it('sends what was typed and nothing that was left out', () => {
    expect(sent()).toEqual({
      accounts: ['mock'],
      pair: 'ETH-USDT',
      side: 'buy',
      strategy: 'TWAP',
      base_asset_qty: '1.50',
      duration: 600,
    });
  });

  it('is the same request whatever the order in which accounts were chosen', () => {
    expect(requestOf(form({ accounts: ['b', 'a'] }))).toBe(requestOf(form({ accounts: ['a', 'b'] })));
  });

  it('sends every field by the name of the API', () => {
    expect(
      sent({
        side: 'sell',
        unit: 'quote',
        limitPrice: '3000.1',
        discretion: '0.1',
        passiveness: '0.5',
        flags: ['ool_pause', 'passive_only'],
        maxClip: '5000',
        startAt: '2026-03-02T10:15Z',
        customOrderId: 'a-1',
        notes: ' rebalance ',
      }),
    ).toEqual({
      accounts: ['mock'],
      pair: 'ETH-USDT',
      side: 'sell',
      strategy: 'TWAP',
      quote_asset_qty: '1.50',
      duration: 600,
      limit_price: '3000.1',
      schedule_discretion: '0.1',
      engine_passiveness: '0.5',
      start_datetime: '2026-03-02T10:15Z',
      custom_order_id: 'a-1',
      notes: 'rebalance',
      strategy_params: { passive_only: true, ool_pause: true, max_clip_size: '5000' },
    });
  });

  it('leaves wrong values to the server', () => {
    expect(sent({ size: 'lots', duration: '-5', limitPrice: 'x', pair: '' })).toMatchObject({
      pair: '',
      base_asset_qty: 'lots',
      duration: '-5',
      limit_price: 'x',
    });
    expect(sent({ size: '', duration: '' })).not.toHaveProperty('duration');
  });

  it('gives the same text for the same ticket, in whatever order flags were set', () => {
    expect(requestOf(form({ flags: [...FLAGS] }))).toBe(requestOf(form({ flags: [...FLAGS].reverse() })));
    expect(requestOf(form({ size: '1.5' }))).not.toBe(requestOf(form()));
  });

  it('shows every message of the server: beside its field, else on top', () => {
    const messages = messagesOf("side must be 'buy' or 'sell'", {
      side: ["side must be 'buy' or 'sell'"],
      base_asset_qty: ['only one of [...] may be given'],
      sell_token_amount: ['sell_token_amount must be greater than 0'],
      'strategy_params.max_clip_size': ['max_clip_size must be greater than 0'],
      'strategy_params.passive_only': ['no'],
      strategy: ['unexpected strategy X'],
      constructor: ['strange'],
    });
    expect(messages.fields).toEqual({
      side: ["side must be 'buy' or 'sell'"],
      size: ['only one of [...] may be given', 'sell_token_amount must be greater than 0'],
      maxClip: ['max_clip_size must be greater than 0'],
      passive_only: ['no'],
    });
    expect(messages.top).toEqual(['unexpected strategy X', 'strange']);
    expect(messagesOf('notional must be at least 5 USDT', {})).toEqual({
      fields: {},
      top: ['notional must be at least 5 USDT'],
    });
  });

  it('estimates what a size comes to, in decimals', () => {
    const price = new Dec('3012.4');
    expect(estimateOf(form(), price).counterpart?.toFixed()).toBe('4518.6');
    expect(estimateOf(form(), price).perMinute?.toFixed()).toBe('0.15');
    expect(estimateOf(form({ unit: 'quote', size: '6024.8' }), price).counterpart?.toFixed()).toBe('2');
    expect(estimateOf(form({ duration: '30' }), price).perMinute?.toFixed()).toBe('1.5');
    expect(estimateOf(form({ size: '', duration: 'x' }), null)).toEqual({
      counterpart: null,
      perMinute: null,
      durationS: null,
    });
  });
});
