import { connect, options, request } from '../support/clientCalls';
import * as faults from '../support/faultServer';
import { useFaultServer } from '../support/useFaultServer';

const { fail, ok } = faults;

const server = useFaultServer();

// undici takes a socket back one turn after the answer; a request sent before that must not open another.
test('1,000 calls, 10 at a time, share a dozen connections', async () => {
	server.behave(() => ok({ latencyMs: 2 }));
	const client = connect(server);
	await callInTens(1000, () => client.completeChat(request(), options({ maxRetries: 0 })));
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
])('300 calls, 10 at a time, share a dozen connections when answered by %s', async (_, behaviour) => {
	server.behave(() => behaviour);
	const client = connect(server);
	await callInTens(300, () => client.completeChat(request(), options({ maxRetries: 0 })).catch(() => {}));
	expect(server.stats.requests).toBe(300);
	expect(server.stats.socketsOpened).toBeLessThanOrEqual(12);
});

test('every one of 300 calls to a faulty server gets its own answer', async () => {
	const client = connect(server);
	server.behave(faults.mixedFaults({ rate: 0.3, seed: 1, then: () => ok() }));
	let next = 0;
	await callInTens(300, async () => {
		const content = `Item ${next++}`;
		const { choices } = await client.completeChat(request(content), options({ maxRetries: 20 }));
		expect(choices[0].text).toBe(`Reply to: ${content}`);
	});
	expect(next).toBe(300);
	expect(server.stats.requests).toBeGreaterThan(330);
});

async function callInTens(count: number, call: () => Promise<unknown>): Promise<void> {
	let begun = 0;
	const worker = async () => {
		while (begun++ < count) await call();
	};
	await Promise.all(Array.from({ length: 10 }, worker));
}
