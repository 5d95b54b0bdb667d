import { runService } from '#observability';
import { exchangeGatewayService } from './service.js';

await runService(exchangeGatewayService);
