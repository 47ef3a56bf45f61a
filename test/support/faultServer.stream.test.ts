import { gunzipSync } from 'node:zlib';
import { Agent, request } from 'undici';
import * as faults from './faultServer';
import { until } from './until';
import { useFaultServer } from './useFaultServer';

const { streamed } = faults;

const server = useFaultServer();
let agent: Agent;
beforeEach(() => {
	agent = new Agent();
});
afterEach(() => agent.destroy());

async function post(body: object = {}) {
	const messages = [{ role: 'user', content: 'Hello' }];
	const response = await request(`${server.baseUrl}/chat/completions`, {
		method: 'POST',
		body: JSON.stringify({ model: 'gpt-4o', messages, stream: true, ...body }),
		dispatcher: agent,
	});
	let bytes = Buffer.alloc(0);
	let error: { code?: string } = {};
	try {
		for await (const chunk of response.body) bytes = Buffer.concat([bytes, chunk as Buffer]);
	} catch (reason) {
		error = reason as { code?: string };
	}
	return { headers: response.headers, bytes, text: bytes.toString(), error };
}

test('ok streams as OpenAI does, when the request asks for it', async () => {
	const { headers, text } = await post({ stream_options: { include_usage: true } });
	expect(headers).toMatchObject({
		'content-type': 'text/event-stream; charset=utf-8',
		'x-request-id': faults.requestIdOf(server.lastRequest()),
	});
	const events = text.split('\n\n');
	expect(events.splice(-2)).toEqual(['data: [DONE]', '']);
	const chunks = events.map((event) => JSON.parse(event.replace(/^data: /, '')) as faults.Chunk);
	const delta = (delta: object, finish_reason: string | null = null) => ({
		id: `chatcmpl-${'0'.repeat(32)}`,
		object: 'chat.completion.chunk',
		created: expect.any(Number),
		model: 'gpt-4o',
		choices: [{ index: 0, delta, logprobs: null, finish_reason }],
		usage: null,
		service_tier: 'default',
		system_fingerprint: 'fp_44709d6fcb',
	});
	expect(chunks).toEqual([
		delta({ role: 'assistant', content: '', refusal: null }),
		delta({ content: 'Repl' }),
		delta({ content: 'y to' }),
		delta({ content: ': He' }),
		delta({ content: 'llo' }),
		delta({}, 'stop'),
		{ ...delta({}), choices: [], usage: expect.objectContaining({ total_tokens: 6 }) },
	]);
});

test('ok does not stream unasked, and reports no usage unasked', async () => {
	expect((await post({ stream: false })).text).toMatch(/^{"id":"chatcmpl-[^]*}$/);
	expect((await post()).text).not.toContain('usage');
});

test('the choices of a stream take turns', async () => {
	server.behave(() => streamed({ text: 'ab', pieces: 2 }));
	const { text } = await post({ n: 2 });
	expect(
		[...text.matchAll(/"index":(\d),"delta":({.*?})/g)].map(([, index, delta]) => index! + delta!),
	).toEqual([
		expect.stringContaining('0{"role"'),
		expect.stringContaining('1{"role"'),
		'0{"content":"a"}',
		'1{"content":"a"}',
		'0{"content":"b"}',
		'1{"content":"b"}',
		'0{}',
		'1{}',
	]);
});

test.each<['rst' | 'fin' | undefined, string | undefined]>([
	['rst', 'ECONNRESET'],
	['fin', 'UND_ERR_SOCKET'],
	[undefined, undefined],
])('a stream may come in part, then words, then the end: %s', async (end, code) => {
	server.behave(() => streamed({ text: 'abcd', upTo: 2, thenSend: 'data: no\n\n', end }));
	const { text, error } = await post();
	expect(text).toMatch(/^data: {[^]*{"content":"a"}.*\n\ndata: no\n\n$/);
	expect(error.code).toBe(code);
});

test('the connection of a stream may stay open', async () => {
	server.behave(() => streamed({ end: 'silence' }));
	// It breaks off with the agent: in its body, or earlier where the machine is slow.
	post().catch(() => {});
	await until('the request is there', () => server.stats.inFlight === 1);
	await agent.destroy();
	await until('the caller is seen to be gone', () => server.stats.inFlight === 0);
	expect(server.requests[0]).toMatchObject({ answered: false, aborted: true });
});

test('the chunks, the text and the bytes of a stream may be changed', async () => {
	const options: faults.Streamed = {
		rewrite: () => ['one', { two: 2 }],
		wire: (text) => text.replaceAll('\n', '\r'),
		writeBytes: 5,
	};
	const written = 'data: one\r\rdata: {"two":2}\r\rdata: [DONE]\r\r';
	server.behave(() => streamed(options));
	expect((await post()).text).toBe(written);
	server.behave(() => streamed({ ...options, gzip: true }));
	const { headers, bytes } = await post();
	expect(headers['content-encoding']).toBe('gzip');
	expect(gunzipSync(bytes).toString()).toBe(written);
});
