import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What the bars of signal-apis.md 2.5 tell besides: which part the takers bought, and the first and the last trade. Null:
 * written before, or by a version that did not know it.
 */
export class TellMoreOfMinuteBars20261122151000 implements MigrationInterface {
  name = 'TellMoreOfMinuteBars20261122151000';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE minute_bars
        ADD COLUMN taker_buy_base numeric(38,18) CHECK (taker_buy_base BETWEEN 0 AND base_volume),
        ADD COLUMN taker_buy_quote numeric(38,18) CHECK (taker_buy_quote BETWEEN 0 AND quote_volume),
        ADD COLUMN taker_buy_trades integer CHECK (taker_buy_trades BETWEEN 0 AND trades),
        ADD COLUMN first_trade_id text,
        ADD COLUMN first_traded_at timestamptz,
        ADD COLUMN last_trade_id text,
        ADD COLUMN last_traded_at timestamptz`);
  }

  async down(db: QueryRunner): Promise<void> {
    const columns = ['taker_buy_base', 'taker_buy_quote', 'taker_buy_trades', 'first_trade_id', 'first_traded_at'];
    const drops = [...columns, 'last_trade_id', 'last_traded_at'].map((name) => `DROP COLUMN ${name}`);
    await db.query(`ALTER TABLE minute_bars ${drops.join(', ')}`);
  }
}
