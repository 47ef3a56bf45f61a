import type { ChatRequest } from '../../../client/core/requests';
import { callingTools, ok } from '../../support/faultServer';
import { connect, options, request } from '../../support/clientCalls';
import { useFaultServer } from '../../support/useFaultServer';

const server = useFaultServer();

const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const weather = { type: 'function', function: { name: 'weather', parameters } };
const offering = (...tools: object[]): ChatRequest => ({ ...request(), tools });
const callsOf = async (toSend: ChatRequest) =>
	(await connect(server).completeChat(toSend, options())).choices;

test('tool calls come out parsed and checked, in every choice', async () => {
	const call = (city: unknown) => ({
		id: `call_${String(city)}`,
		type: 'function',
		function: { name: 'weather', arguments: JSON.stringify({ city }) },
	});
	const choice = (index: number, city: unknown) => ({
		index,
		finish_reason: 'tool_calls',
		message: { role: 'assistant', content: null, tool_calls: [call(city)] },
	});
	server.behave(() => ok({ body: { choices: [choice(0, 'Rome'), choice(1, 4)] } }));
	expect(await callsOf(offering(weather))).toMatchObject([
		{ text: '', toolCalls: [{ id: 'call_Rome', name: 'weather', arguments: { city: 'Rome' } }] },
		{ toolCalls: [{ arguments: { city: 4 }, error: expect.stringContaining('city: the value type') }] },
	]);
});

test('a reply without tool calls has none', async () => {
	server.behave(() => ok());
	expect((await callsOf(offering(weather)))[0]).not.toHaveProperty('toolCalls');
});

test.each<[string, object | string, object]>([
	['an object, as Ollama sends it', { city: 'Rome' }, { city: 'Rome' }],
	['nothing at all', '', {}],
])('the arguments of a tool call are read from %s', async (_, given, read) => {
	const call = { id: 'call_1', type: 'function', function: { name: 'free', arguments: given } };
	const message = { role: 'assistant', content: null, tool_calls: [call] };
	server.behave(() => ok({ body: { choices: [{ index: 0, finish_reason: 'tool_calls', message }] } }));
	const [{ toolCalls }] = await callsOf(offering({ type: 'function', function: { name: 'free' } }));
	expect(toolCalls).toEqual([{ id: 'call_1', name: 'free', arguments: read }]);
});

test('a call of a custom tool has its text as input', async () => {
	const call = { id: 'call_1', type: 'custom', custom: { name: 'sql', input: 'select 1' } };
	const message = { role: 'assistant', content: null, tool_calls: [call] };
	server.behave(() => ok({ body: { choices: [{ index: 0, finish_reason: 'tool_calls', message }] } }));
	const [{ toolCalls }] = await callsOf(offering({ type: 'custom', custom: { name: 'sql' } }));
	expect(toolCalls).toEqual([{ id: 'call_1', name: 'sql', arguments: { input: 'select 1' } }]);
});

test('a call of a tool whose schema cannot be followed has no error', async () => {
	server.behave(() => callingTools([['weather', { city: 4 }]]));
	const broken = { type: 'object', properties: { city: { $ref: '#/nowhere' } } };
	const [{ toolCalls }] = await callsOf(
		offering({ type: 'function', function: { name: 'weather', parameters: broken } }),
	);
	expect(toolCalls![0]).not.toHaveProperty('error');
});
