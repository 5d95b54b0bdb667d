import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Why the machine leaves an order to a person. */
export class SayWhyOrdersAreParked20261121160410 implements MigrationInterface {
  name = 'SayWhyOrdersAreParked20261121160410';

  async up(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE child_orders ADD COLUMN parked_why text');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE child_orders DROP COLUMN parked_why');
  }
}
