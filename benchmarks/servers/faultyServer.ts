/** The fault server in a process of its own, with the fault that the command line names. */
import { mixedFaults, startFaultServer, type Behave } from '../../test/support/faultServer';
import { outage } from './outage';
import { requestsPerMinute } from './requestsPerMinute';
import { serveParent } from './serveParent';
import { fixedLatency } from './fixedLatency';

export type ServerFault = 'limit told' | 'limit not told' | 'outage' | 'mixed faults';

async function start(): Promise<void> {
	const server = await startFaultServer();
	const behaviours: Record<ServerFault, () => { behave: Behave; counts?: () => object }> = {
		'limit told': () => requestsPerMinute({ told: true }),
		'limit not told': () => requestsPerMinute({ told: false }),
		outage: () => outage(() => server.stats.inFlight),
		'mixed faults': () => ({ behave: mixedFaults({ rate: 0.3, seed: 1, then: fixedLatency.atOnce }) }),
	};
	const { behave, counts } = behaviours[process.argv[2] as ServerFault]();
	server.behave(behave);
	serveParent(server.url, () => ({ requests: server.stats.requests, ...counts?.() }));
}

void start();
