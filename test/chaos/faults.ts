/** Everything the fault server can do to a request, and what the node promises to make of it. */
import fc from 'fast-check';
import {
	emptyChoices,
	errorIn200,
	fail,
	hangBeforeHeaders,
	hangMidBody,
	hugeBody,
	invalidJson,
	json,
	notJson,
	ok,
	quotaExhausted,
	rateLimited,
	rateLimitHeaders,
	redirect,
	resetBeforeHeaders,
	resetDuringBody,
	slowBody,
	staleKeepAlive,
	streamed,
	wrongKey,
	type Behaviour,
	type Headers,
} from '../support/faultServer';

/** What the item must do next, when the request meets this. */
export type Verdict =
	/** Keep the reply. */
	| 'answer'
	/** Send it again, if retries are left. */
	| 'retry'
	/** Fail. */
	| 'final'
	/** Fail, and send nothing for the other items either. */
	| 'finalForAll';

export interface Fault {
	kind: string;
	verdict: Verdict;
	behaviour: Behaviour;
}

type Kinds = Record<string, fc.Arbitrary<Behaviour>>;

const latencyMs = fc.integer({ min: 0, max: 20 });
const shape = fc.constantFrom('openai' as const, 'foreign' as const, 'html' as const, 'empty' as const);
const by = fc.constantFrom('rst' as const, 'fin' as const);
const afterBytes = fc.constantFrom(0, 1, 200, undefined);
const status = (code: number, headers?: Headers) =>
	fc.record({ shape, latencyMs }).map((more) => fail({ status: code, headers, ...more }));
const limitedWith = (...headers: Headers[]) =>
	fc.constantFrom(...headers).map((header) => rateLimited({ headers: header }));
const noneLeft = (resetSeconds: number) => rateLimitHeaders({ limit: 60, remaining: 0, resetSeconds });
/** Dates have whole seconds: this is up to so many seconds ahead. */
const limitedUntil = (seconds: number) =>
	rateLimited({ retryAfter: { date: new Date(Date.now() + seconds * 1000) } });

export const ANSWERS: Kinds = {
	'a reply': latencyMs.map((ms) => ok({ latencyMs: ms })),
	'a slow reply': fc.constant(slowBody({ chunkBytes: 2000, everyMs: 5 })),
	'a huge reply': fc.constant(hugeBody({ bytes: 200_000 })),
	'a reply with odd fields': fc
		.constantFrom({ error: {} }, { usage: null }, { model: 7 })
		.map((body) => ok({ body })),
	'the last reply for now': fc
		.constantFrom(noneLeft(0.01), rateLimitHeaders({ limit: 60, remaining: -1, resetSeconds: 9 }))
		.map((headers) => ok({ headers })),
};

export const RETRIED: Kinds = {
	'429 with retry-after-ms': latencyMs.map((ms) => rateLimited({ retryAfter: { ms } })),
	'429 with retry-after': fc
		.constantFrom(0, 0.01, 0.03)
		.map((seconds) => rateLimited({ retryAfter: { seconds } })),
	'429 with a date': fc
		.oneof({ weight: 19, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(1) })
		.map(limitedUntil),
	'429 with reset headers': fc.constantFrom(0, 0.01, 0.03).map((s) => rateLimited({ headers: noneLeft(s) })),
	'429 with a wait in words': fc
		.constantFrom('12ms', '0.02s', '0.01 seconds')
		.map((wait) => rateLimited({ message: `Rate limit reached. Please try again in ${wait}.` })),
	'429 without a wait': fc.constant(rateLimited()),
	'429 with nonsense': limitedWith(
		{ 'retry-after': 'soon' },
		{ 'retry-after': '-5' },
		{ 'retry-after-ms': '', 'retry-after': 'NaN' },
		{ ...noneLeft(1), 'x-ratelimit-reset-requests': 'never' },
	),
	'408': status(408),
	'409': status(409),
	'500': status(500),
	'502': status(502),
	'503': status(503),
	'529': status(529),
	'400 that asks for a retry': status(400, { 'x-should-retry': 'true' }),
	'reset before headers': fc.record({ by, latencyMs }).map(resetBeforeHeaders),
	'reset in the body': fc.record({ by, afterBytes }).map(resetDuringBody),
	'stale keep-alive': by.map((end) => staleKeepAlive({ by: end, then: fail({ status: 500 }) })),
	'hang before headers': fc.constant(hangBeforeHeaders()),
	'hang in the body': afterBytes.map((bytes) => hangMidBody({ afterBytes: bytes })),
	'invalid JSON': afterBytes.map((bytes) => invalidJson({ afterBytes: bytes })),
	'not JSON': fc.constant(notJson()),
	'not a completion': fc.constantFrom(null, [], 'yes', { object: 'list' }).map((body) => json(200, body)),
	'no choices': fc.constant(emptyChoices()),
	'error in 200': fc
		.constantFrom(null, '502', 'overloaded', 'rate_limit_exceeded')
		.map((code) => errorIn200({ code })),
};

/** All of the reply is there, though the server does not say that it has ended. */
export const STAYS_OPEN = 'a stream that stays open';

/** What only a reply that is streamed can meet. */
export const STREAMED_ANSWERS: Kinds = {
	'a stream in odd pieces': fc
		.record({ writeBytes: fc.integer({ min: 1, max: 400 }), pieces: fc.integer({ min: 1, max: 30 }) })
		.map(streamed),
	'a packed stream': fc.constant(streamed({ gzip: true })),
	'a stream with other line ends': fc
		.constantFrom('\r\n', '\r')
		.map((end) => streamed({ wire: (text) => text.replaceAll('\n', end) })),
	'a stream without its last event': fc.constant(streamed({ upTo: -1 })),
	[STAYS_OPEN]: fc.constant(streamed({ end: 'silence' })),
};

/** The role and two of four pieces: part of the text has been shown to a caller who reads along. */
const SOME_TEXT = 3;
const ERROR_EVENT = 'data: {"error": {"message": "Overloaded", "type": "server_error"}}\n\n';
const ofStream = (upTo: number): Record<string, Behaviour> => ({
	cut: streamed({ upTo, end: 'rst' }),
	'that ends': streamed({ upTo, end: 'fin' }),
	'with an error': streamed({ upTo, thenSend: ERROR_EVENT }),
	'with nonsense': streamed({ upTo, thenSend: 'data: {"cho\n\n' }),
	'gone silent': streamed({ upTo, end: 'silence' }),
});
const kindsOfStream = (upTo: number, when: string): Kinds =>
	Object.fromEntries(
		Object.entries(ofStream(upTo)).map(([what, behaviour]) => [
			`${what === 'gone silent' ? 'hang: ' : ''}stream ${what} ${when}`,
			fc.constant(behaviour),
		]),
	);
export const STREAMED_RETRIED: Kinds = {
	...kindsOfStream(1, 'before the text'),
	...kindsOfStream(SOME_TEXT, 'in the text'),
};
export const showsText = (kind: string) => kind.endsWith(' in the text');

export const FINAL: Kinds = {
	'400': status(400),
	'403': status(403),
	'404': status(404),
	'413': status(413),
	'422': status(422),
	'500 that asks for no retry': status(500, { 'x-should-retry': 'false' }),
	'429 for too long': fc.oneof(
		limitedWith({ 'retry-after': '300' }, { 'retry-after-ms': '300000' }, noneLeft(300)),
		fc.constant(300).map(limitedUntil),
		fc.constant(rateLimited({ message: 'Please try again in 5m0s.' })),
	),
	// A few at a time only, since all that is held is in this process.
	'too large': fc.oneof(
		{ weight: 29, arbitrary: status(413) },
		{ weight: 1, arbitrary: fc.constant(hugeBody({ bytes: 65 * 1024 * 1024 })) },
	),
};

/** Servers repeat what they were sent wherever they like. */
export function repeatingTheKey(key: string): Record<'retried' | 'final' | 'finalForAll', Kinds> {
	const masked = `Incorrect API key provided: ${key.slice(0, 6)}${'*'.repeat(20)}${key.slice(-4)}.`;
	const echo = (code: number, words: string) =>
		shape.map((form) => {
			const said = { message: `Not with ${key}, no! ${words}`, code: key, type: key, param: key };
			return fail({ status: code, shape: form, headers: { 'x-request-id': key }, ...said });
		});
	return {
		retried: { '500 that repeats the key': echo(500, masked) },
		final: {
			'400 that repeats the key': echo(400, 'Bad.'),
			redirect: fc
				.constantFrom(301, 302, 303, 307, 308)
				.map((code) => redirect({ status: code, location: `/sign-in?key=${key}` })),
		},
		finalForAll: {
			'401': fc.constantFrom(wrongKey(), fail({ status: 401, shape: 'foreign', message: masked })),
			// Google and xAI refuse a key so.
			'400 that refuses the key': echo(400, masked),
			'no credit': fc.constantFrom(quotaExhausted(), fail({ status: 402 })),
		},
	};
}
