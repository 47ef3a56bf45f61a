import { lookup } from 'node:dns';
import { getEventListeners } from 'node:events';
import type { CallOptions } from '../../client/call';
import { systemClock, type Clock } from '../../client/core/clock';
import { createTransport, type Transport } from '../../client/http/transport';
import { connect, failureOf, options, request } from '../support/clientCalls';
import * as faults from '../support/faultServer';
import { until } from '../support/until';
import { useFaultServer } from '../support/useFaultServer';

const { fail, ok } = faults;

const server = useFaultServer();

describe('cancel', () => {
	const reason = new Error('The user pressed stop');
	let controller: AbortController;
	beforeEach(() => {
		controller = new AbortController();
	});
	const cancellable = (more: Partial<CallOptions> = {}) =>
		options({ abortSignal: controller.signal, ...more });

	/** The system's clock, and a promise that a call has begun to wait by it. */
	function watchedClock() {
		const { promise: asleep, resolve } = withResolvers();
		const clock: Clock = {
			...systemClock,
			sleep: (ms, signal) => {
				resolve();
				return systemClock.sleep(ms, signal);
			},
		};
		return { asleep, clock };
	}

	test('a call cancelled before it begins sends nothing', async () => {
		controller.abort(reason);
		await expect(connect(server).completeChat(request(), cancellable())).rejects.toBe(reason);
		await expect(connect(server).listModels(cancellable())).rejects.toBe(reason);
		expect(server.stats.requests).toBe(0);
		expect(server.otherRequests).toEqual([]);
	});

	test('a cancel before the headers hangs up at the server', async () => {
		server.behave(() => faults.hangBeforeHeaders());
		const call = connect(server).completeChat(request(), cancellable());
		const rejected = expect(call).rejects.toBe(reason);
		await until('the request is under way', () => server.stats.inFlight === 1);
		controller.abort(reason);
		await rejected;
		await until('the server has seen the caller leave', () => server.stats.inFlight === 0);
		expect(server.stats).toMatchObject({ requests: 1, aborted: 1 });
	});

	test.each([
		['silent', faults.hangMidBody()],
		['slow', faults.slowBody({ chunkBytes: 1, everyMs: 50 })],
		['huge', faults.hugeBody({ bytes: 60_000_000 })],
	])('a cancel in a %s body hangs up at the server', async (_, behaviour) => {
		server.behave(() => behaviour);
		const { promise: headersAreThere, resolve } = withResolvers();
		const real = createTransport();
		const transport: Transport = {
			async send(sent) {
				const response = await real.send(sent);
				resolve();
				return response;
			},
		};
		const rejected = expect(
			connect(server, { transport }).completeChat(request(), cancellable()),
		).rejects.toBe(reason);
		await headersAreThere;
		controller.abort(reason);
		await rejected;
		await until('the server has seen the caller leave', () => server.stats.inFlight === 0);
		expect(server.stats).toMatchObject({ requests: 1, aborted: 1 });
	});

	test('a cancel between two attempts prevents the second', async () => {
		server.behave(() => faults.rateLimited({ retryAfter: { seconds: 60 } }));
		const { asleep, clock } = watchedClock();
		const call = connect(server, { clock }).completeChat(request(), cancellable());
		const rejected = expect(call).rejects.toBe(reason);
		await asleep;
		controller.abort(reason);
		await rejected;
		expect(server.stats.requests).toBe(1);
	});

	test('a call that has ended leaves no listener on its signal', async () => {
		const listeners = () => getEventListeners(controller.signal, 'abort').length;
		const transport = createTransport({
			validateUrl: () => Promise.resolve({ ok: true }),
			createSecureLookup: () => lookup,
		});
		const clock = { ...systemClock, random: () => 0 };
		server.behave(({ attempt }) => (attempt === 1 ? fail({ status: 500 }) : ok({ latencyMs: 20 })));
		const call = connect(server, { transport, clock }).completeChat(request(), cancellable());
		await until('the second attempt is under way', () => server.stats.requests === 2);
		expect(listeners()).toBe(1);
		await call;
		expect(listeners()).toBe(0);
	});

	describe('stop of further attempts', () => {
		const noMore = (more: Partial<CallOptions> = {}) => options({ stopSignal: controller.signal, ...more });

		test('a stop lets a request that is under way finish, since it is paid for', async () => {
			server.behave(() => ok({ text: 'Paid', latencyMs: 100 }));
			const call = connect(server).completeChat(request(), noMore());
			await until('the request is under way', () => server.stats.inFlight === 1);
			controller.abort(reason);
			expect((await call).choices[0].text).toBe('Paid');
			expect(server.stats).toMatchObject({ requests: 1, aborted: 0 });
		});

		test('a stop prevents another attempt when the request under way fails', async () => {
			server.behave(() => fail({ status: 500, latencyMs: 100 }));
			const call = failureOf(connect(server).completeChat(request(), noMore()));
			await until('the request is under way', () => server.stats.inFlight === 1);
			controller.abort(reason);
			expect(await call).toMatchObject({ kind: 'server', attempts: [{ status: 500 }] });
			expect(server.stats.requests).toBe(1);
		});

		test('a stop ends the wait for another attempt', async () => {
			server.behave(() => faults.rateLimited({ retryAfter: { seconds: 60 } }));
			const { asleep, clock } = watchedClock();
			const signal = new AbortController().signal;
			const rejected = expect(
				connect(server, { clock }).completeChat(request(), noMore({ abortSignal: signal })),
			).rejects.toBe(reason);
			await asleep;
			controller.abort(reason);
			await rejected;
			expect(server.stats.requests).toBe(1);
		});
	});
});

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
	let resolve = () => {};
	const promise = new Promise<void>((settle) => (resolve = settle));
	return { promise, resolve };
}
