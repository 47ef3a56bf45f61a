import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { CONTINUE, numberedItems, runChatGpt, onlyItem } from '../../support/chatGptRun';
import { fail, ok, rateLimited, type Behaviour } from '../../support/faultServer';
import { useFaultServer } from '../../support/useFaultServer';

const server = useFaultServer();

const CHOSEN = 'gpt-4.1-mini';
const overloaded = fail({ status: 503, headers: { 'retry-after-ms': '1' } });

/** Runs the node with one item; the server treats each model as given here, and lets all others answer. */
async function ask(options: INodeParameters, behaviours: Record<string, Behaviour>) {
	server.behave(({ body }) => behaviours[(body as { model: string }).model] ?? ok());
	const item = onlyItem(await runChatGpt(server, { node: CONTINUE, options }));
	return item;
}
const askedModels = () => server.requests.map(({ body }) => (body as { model: string }).model);

const warning = (message: string) => ({ feature: 'fallbackModels', message });

test.each<[string, Behaviour]>([
	['is unknown to the server', fail({ status: 404, code: 'model_not_found' })],
	['was overloaded', overloaded],
	['had reached its rate limit', rateLimited({ retryAfter: { seconds: 60 } })],
	['cannot read messages this long', fail({ status: 400, code: 'context_length_exceeded' })],
])('when the chosen model %s, the next one answers, and the output says so', async (reason, behaviour) => {
	const item = await ask({ fallbackModels: ['gpt-5'], maxRetries: 0 }, { [CHOSEN]: behaviour });
	expect(item).toMatchObject({
		text: 'Reply to: Question 0',
		model: 'gpt-5',
		attempts: 2,
		warnings: [warning(`${CHOSEN} ${reason}, so gpt-5 was asked.`)],
	});
});

test.each<[string, unknown, string[]]>([
	['a list', ['a', 'b'], ['a', 'b']],
	['a list of expressions', ['={{ "a" }}', '=b-{{ $json.number }}'], ['a', 'b-0']],
	['an expression that gives one', '={{ "a" }}', ['a']],
	['an expression that gives a list', '={{ ["a", "b"] }}', ['a', 'b']],
	['a list with an empty one', ['', ' a '], ['a']],
	['an expression that gives none', '={{ null }}', []],
])('the option Fallback Models takes %s and keeps its order', async (_name, fallbackModels, expected) => {
	const all = Object.fromEntries([CHOSEN, ...expected].map((model) => [model, overloaded]));
	await ask({ fallbackModels, maxRetries: 0 } as INodeParameters, all);
	expect(askedModels()).toEqual([CHOSEN, ...expected]);
});

test('each model gets its retries before the next is asked, and each change is told', async () => {
	const item = await ask(
		{ fallbackModels: ['a', 'b'], maxRetries: 1 },
		{ [CHOSEN]: overloaded, a: fail({ status: 404, code: 'model_not_found' }) },
	);
	expect(askedModels()).toEqual([CHOSEN, CHOSEN, 'a', 'b']);
	expect(item).toMatchObject({
		model: 'b',
		attempts: 4,
		warnings: [
			warning(`${CHOSEN} was overloaded, so a was asked.`),
			warning('a is unknown to the server, so b was asked.'),
		],
	});
});

test.each<[string, Behaviour]>([
	['a bad request', fail({ status: 400 })],
	['a failing server', fail({ status: 500, headers: { 'retry-after-ms': '1' } })],
	['a rejected key', fail({ status: 401 })],
])('%s is no reason to ask another model', async (_name, behaviour) => {
	const item = await ask({ fallbackModels: ['gpt-5'], maxRetries: 0 }, { [CHOSEN]: behaviour });
	expect(item).toHaveProperty('error');
	expect(askedModels()).toEqual([CHOSEN]);
});

test('when no model can answer, the error is that of the last and lists all attempts', async () => {
	const item = await ask(
		{ fallbackModels: ['gpt-5'], maxRetries: 1 },
		{ [CHOSEN]: overloaded, 'gpt-5': fail({ status: 400, message: 'Bad.' }) },
	);
	expect(item).toMatchObject({ error: 'Model gpt-5: The API cannot accept this request: Bad' });
	expect((item.details as IDataObject).attempts).toEqual([
		{ model: CHOSEN, status: 503, waitedMs: 1 },
		{ model: CHOSEN, status: 503 },
		{ model: 'gpt-5', status: 400 },
	]);
});

test('Max Wait is for the waits of all models together', async () => {
	const limited = rateLimited({ retryAfter: { ms: 100 } });
	const item = await ask(
		{ fallbackModels: ['gpt-5'], maxWait: 0.25 },
		{ [CHOSEN]: limited, 'gpt-5': limited },
	);
	expect(item.error).toMatch(
		/^Model gpt-5: The API asks to wait another 0\.1 s after 0\.2 s of waiting, which is longer than Max Wait/,
	);
	const { attempts } = item.details as { attempts: IDataObject[] };
	expect(attempts.map(({ model, waitedMs }) => [model, waitedMs])).toEqual([
		[CHOSEN, 100],
		[CHOSEN, 100],
		[CHOSEN, undefined],
		['gpt-5', undefined],
	]);
});

test('a change of the model does not count as a retry in the hint', async () => {
	server.behave(({ body }) =>
		(body as { model: string }).model === CHOSEN ? fail({ status: 404, code: 'model_not_found' }) : ok(),
	);
	const { hints } = await runChatGpt(server, {
		items: numberedItems(3),
		options: { fallbackModels: ['gpt-5'] },
	});
	expect(hints('ChatGPT')[0]?.message).toBe(
		'3 items: 3 answered, 0 failed; 9 prompt and 15 completion tokens.',
	);
});
