import { connect, options, request } from '../support/clientCalls';
import * as faults from '../support/faultServer';
import type { FaultServer } from '../support/faultServer';

const { fail, ok } = faults;

let server: FaultServer;
beforeEach(async () => {
	server = await faults.startFaultServer();
});
afterEach(() => server.close());

describe('connections', () => {
	// undici takes a socket back one turn after the answer; whoever sends before that must not open another.
	test('1,000 calls, 10 at a time, share a dozen', async () => {
		server.behave(() => ok({ latencyMs: 2 }));
		const client = connect(server);
		await inTens(1000, () => client.completeChat(request(), options({ maxRetries: 0 })));
		expect(server.stats).toMatchObject({ requests: 1000, inFlight: 0 });
		// How many meet depends on how busy the machine is.
		expect(server.stats.maxInFlight).toBeLessThanOrEqual(10);
		expect(server.stats.socketsOpened).toBeLessThanOrEqual(12);
	});

	test.each([
		['errors with a body', fail({ status: 500, latencyMs: 2 })],
		['answers that are not JSON', faults.notJson()],
		['redirects with a body', faults.redirect({ status: 307, location: '/' })],
		['error objects in a 200', faults.errorIn200()],
	])('300 calls, 10 at a time, share a dozen too: %s', async (_, behaviour) => {
		server.behave(() => behaviour);
		const client = connect(server);
		await inTens(300, () => client.completeChat(request(), options({ maxRetries: 0 })).catch(() => {}));
		expect(server.stats.requests).toBe(300);
		expect(server.stats.socketsOpened).toBeLessThanOrEqual(12);
	});

	test('every call gets its own answer', async () => {
		const client = connect(server);
		server.behave(faults.mixedFaults({ rate: 0.3, seed: 1, then: () => ok() }));
		let next = 0;
		await inTens(300, async () => {
			const content = `Item ${next++}`;
			const { choices } = await client.completeChat(request(content), options({ maxRetries: 20 }));
			expect(choices[0].text).toBe(`Reply to: ${content}`);
		});
		expect(next).toBe(300);
		expect(server.stats.requests).toBeGreaterThan(330);
	});

	async function inTens(count: number, call: () => Promise<unknown>): Promise<void> {
		let begun = 0;
		const worker = async () => {
			while (begun++ < count) await call();
		};
		await Promise.all(Array.from({ length: 10 }, worker));
	}
});
