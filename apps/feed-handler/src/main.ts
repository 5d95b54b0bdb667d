import { runService } from '#observability';
import { feedHandler } from './service.js';

await runService(feedHandler);
