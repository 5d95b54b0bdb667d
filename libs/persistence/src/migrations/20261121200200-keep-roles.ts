import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The role that an order was last worked in: it is left only for an advantage. Null before the first choice. */
export class KeepRoles20261121200200 implements MigrationInterface {
  name = 'KeepRoles20261121200200';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`ALTER TABLE parent_orders ADD COLUMN role text CHECK (role IN ('passive', 'timed_taker'))`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE parent_orders DROP COLUMN role');
  }
}
