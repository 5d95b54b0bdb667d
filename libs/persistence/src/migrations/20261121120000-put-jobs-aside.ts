import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Why an entry of the outbox can never be published: it stays for a person to see, and the others go past it. */
export class PutJobsAside20261121120000 implements MigrationInterface {
  name = 'PutJobsAside20261121120000';

  async up(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE outbox ADD COLUMN refused text');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE outbox DROP COLUMN refused');
  }
}
