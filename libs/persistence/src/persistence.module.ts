import { Module, type DynamicModule, type OnApplicationShutdown, Inject } from '@nestjs/common';
import { DatabaseClock } from './database-clock.js';
import { Database, type DatabaseOptions } from './database.js';

/** Gives a service its database and the database's clock, and closes both last. */
@Module({})
export class PersistenceModule implements OnApplicationShutdown {
  constructor(
    @Inject(Database) private readonly db: Database,
    @Inject(DatabaseClock) private readonly clock: DatabaseClock,
  ) {}

  static register(options: DatabaseOptions): DynamicModule {
    return {
      module: PersistenceModule,
      global: true,
      providers: [
        { provide: Database, useFactory: () => Database.connect(options) },
        { provide: DatabaseClock, useFactory: (db: Database) => DatabaseClock.start(db), inject: [Database] },
      ],
      exports: [Database, DatabaseClock],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    this.clock.stop();
    await this.db.close();
  }
}
