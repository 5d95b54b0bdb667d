import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Best quotes and marks come over streams of their own, whose status differs from the book's. */
export class NameFeedChannels20261121160210 implements MigrationInterface {
  name = 'NameFeedChannels20261121160210';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`ALTER TABLE feed_status_log ADD COLUMN channel text NOT NULL DEFAULT 'book'`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE feed_status_log DROP COLUMN channel');
  }
}
