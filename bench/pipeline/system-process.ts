import { createLogger, ServiceHost, type HistogramOptions, type Metrics } from '#observability';
import { configureServices } from '../../apps/launcher/src/service-configs.js';
import { SERVICES } from '../../apps/launcher/src/services.js';
import { instrument, startProfile, stopProfile, takeCounts } from './instruments.js';
import { serve } from './worker.js';

/** Every service in one process, as the launcher composes them, with counters around its stores and its venue. */
export interface SystemStart {
  readonly appUrl: string;
  readonly gatewayUrl: string;
  readonly redisUrl: string;
  readonly redisPrefix: string;
  readonly venueUrl: string;
  readonly masterKey: string;
}

const LATENESS = 'tranche_slice_lateness_seconds';
let host: ServiceHost | undefined;
let lateness: number[] = [];

/** The raw samples behind the histogram of how late orders are decided on. */
function keepSamples(metrics: Metrics): void {
  const known = metrics.histogram.bind(metrics);
  metrics.histogram = (options: HistogramOptions<string>) => {
    const histogram = known(options);
    if (options.name !== LATENESS) return histogram;
    const observe = histogram.observe.bind(histogram) as (value: number) => void;
    histogram.observe = ((value: number) => {
      lateness.push(value * 1_000);
      observe(value);
    }) as typeof histogram.observe;
    return histogram;
  };
}

async function start(given: SystemStart): Promise<{ apiUrl: string }> {
  instrument();
  host = await ServiceHost.open({
    opsHost: '127.0.0.1',
    opsPort: 0,
    version: 'bench',
    loggerOf: (name) => createLogger(name, process.env['LOG_LEVEL'] ?? 'error'),
  });
  keepSamples(host.metrics);
  const configs = configureServices(SERVICES, (service) => ({
    DATABASE_URL: service === 'exchange-gateway' ? given.gatewayUrl : given.appUrl,
    REDIS_URL: given.redisUrl,
    REDIS_PREFIX: given.redisPrefix,
    SIM_VENUE_URL: given.venueUrl,
    SIM_USDM_URL: 'off',
    CREDENTIALS_MASTER_KEY: given.masterKey,
    GATEWAY_INSTANCE_ID: 'bench',
    PORT: '0',
  }));
  let apiUrl = '';
  for (const service of SERVICES) {
    const running = await host.start(service, configs.get(service.name) ?? {});
    const api = running.urls?.['api'];
    if (api !== undefined) apiUrl = new URL(api).origin;
  }
  return { apiUrl };
}

serve({
  start,
  ready: async () => (await host?.health.ready())?.status === 'ok',
  takeCounts,
  takeLateness: () => {
    const taken = lateness;
    lateness = [];
    return taken;
  },
  startProfile,
  stopProfile,
  stop: async () => {
    await host?.drain();
  },
});
