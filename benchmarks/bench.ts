import { createReport } from '../playground/report';
import { command } from './commandLine';
import { dependencies } from './package.json';
import { buildMeasures, measureInOwnProcess } from './measureProcess';
import { installPeers } from './peersInstalled';
import type { Measurement } from './report/measurement';
import { publishResults } from './report/publish';

/** The programs in measures/, and how long each takes. A new measure is a line here. */
const MEASURES = {
	plainCalls: 'CPU per plain call (a minute)',
	streams: 'CPU per stream (two minutes)',
	sockets: 'Sockets opened (10 s)',
	manyKeys: 'Memory of 10,000 keys (10 s)',
	loading: 'Loading (10 s)',
	bigRun: '10,000 items (half a minute)',
	mixedFaults: '30 % mixed faults (half a minute)',
	outage: 'Outage (a minute)',
	rateLimit: 'Rate limit (three minutes)',
};
/** Memory once grown is not given back, so a second round in the same process would find it there. There is no peer. */
const IN_NEW_PROCESSES = { name: 'bigRun', times: 3 };

/** What `npm run bench` does: measures ours beside the peers, without n8n. */
command(Object.keys(MEASURES), async (options) => {
	const { isQuick, only } = options;
	const report = createReport();
	await report.step('Install the peers', installPeers, 'It needs the npm registry.');
	await buildMeasures();

	const measurements: Measurement[] = [];
	for (const [name, title] of Object.entries(MEASURES)) {
		if (only.length > 0 && !only.includes(name)) continue;
		const times = name === IN_NEW_PROCESSES.name && !isQuick ? IN_NEW_PROCESSES.times : 1;
		measurements.push(...(await report.step(title, async () => await measure(name, times, isQuick))));
	}
	await publishResults('bench', measurements, versions(), options);
});

async function measure(name: string, times: number, isQuick: boolean): Promise<Measurement[]> {
	const runs: Measurement[][] = [];
	for (let time = 0; time < times; time++) runs.push(await measureInOwnProcess(name, isQuick));
	return runs[0]!.map((first, index) => ({ ...first, ours: runs.flatMap((run) => run[index]!.ours) }));
}

function versions(): string[] {
	const peers = Object.entries(dependencies).map(([name, version]) => `${name} ${version}`);
	const lines = [`Node ${process.version}; ${peers.join(', ')}`];
	if (parseInt(process.versions.node) < 22) {
		lines.push('The openai and ai packages ask for Node 22 or newer; they run on this one all the same.');
	}
	return lines;
}
