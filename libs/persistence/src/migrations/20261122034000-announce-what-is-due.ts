import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A job whose time has not come need not be moved to its queue at once: the relays find it in their next round. Only what
 * is due within a second is announced, so that a wake-up half a minute ahead does not cost a transaction of its own.
 */
export class AnnounceWhatIsDue20261122034000 implements MigrationInterface {
  name = 'AnnounceWhatIsDue20261122034000';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE OR REPLACE TRIGGER outbox_announced AFTER INSERT ON outbox
      FOR EACH ROW WHEN (NEW.not_before < clock_timestamp() + interval '1 second') EXECUTE FUNCTION announce_outbox()`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE OR REPLACE TRIGGER outbox_announced AFTER INSERT ON outbox
      FOR EACH STATEMENT EXECUTE FUNCTION announce_outbox()`);
  }
}
