import type { INodeParameters } from 'n8n-workflow';
import { CONTINUE, type ChatGptRun } from '../../../support/chatGptRun';
import { answerJsonInTurn, runText, sent, texts } from '../../../support/textRun';
import { useFaultServer } from '../../../support/useFaultServer';

const server = useFaultServer();

const FORM = {
	schemaSource: 'fields',
	schemaFields: {
		values: [
			{ name: 'name', required: true },
			{ name: 'due', type: 'date' },
		],
	},
};

async function extract(parameters: INodeParameters = FORM, run: ChatGptRun = {}) {
	const { output, error, ...rest } = await runText(server, 'extract', parameters, {
		items: texts('Ada pays.'),
		node: CONTINUE,
		...run,
	});
	expect(error).toBeUndefined();
	return { items: output('ChatGPT').map(({ json }) => json), output, ...rest };
}
const schema = () => sent(server.lastRequest()).response_format!.json_schema;

test('fields of a form come out at the top of the item; they may be missing unless required', async () => {
	answerJsonInTurn(server, { name: 'Ada', due: null });
	const { items } = await extract();
	expect(items[0]).toMatchObject({ name: 'Ada', due: null, attempts: 1, warnings: [] });
	expect(Object.keys(items[0]!).slice(0, 2)).toEqual(['name', 'due']);
	expect(schema()).toEqual({
		name: 'extraction',
		strict: true,
		schema: {
			type: 'object',
			properties: { name: { type: 'string' }, due: { type: ['string', 'null'], format: 'date' } },
			required: ['name', 'due'],
			additionalProperties: false,
		},
	});
	expect(sent(server.lastRequest()).messages[0]!.content).toContain('no guesses');
});

test('what an example shows may be missing in a text, at every level', async () => {
	answerJsonInTurn(server, { customer: { name: null }, lines: [{ product: 'Lamp', price: null }], tags: [] });
	const example = { customer: { name: 'Ada' }, lines: [{ product: 'Sofa', price: 9 }], tags: ['a'] };
	const { items } = await extract({ schemaSource: 'example', schemaExample: JSON.stringify(example) });
	expect(items[0]).toMatchObject({ customer: { name: null }, tags: [], attempts: 1 });
	expect(schema().schema).toMatchObject({
		properties: {
			customer: { type: ['object', 'null'], properties: { name: { type: ['string', 'null'] } } },
			lines: {
				type: 'array',
				items: { type: 'object', properties: { price: { type: ['number', 'null'] } } },
			},
			tags: { type: 'array', items: { type: 'string' } },
		},
	});
});

test('a schema is used as it is, and a field of the user wins over one of the call', async () => {
	const own = {
		type: 'object',
		properties: { model: { type: 'string' } },
		required: ['model'],
		additionalProperties: false,
	};
	answerJsonInTurn(server, { model: 'T-1000' });
	const { items } = await extract({ schemaSource: 'schema', schemaJson: JSON.stringify(own) });
	expect(items[0]).toMatchObject({ model: 'T-1000' });
	expect(schema().schema).toEqual(own);
});

test('a field named error stays in a field of its own, since n8n would take the item for a failure', async () => {
	answerJsonInTurn(server, { error: 'E42' });
	const form = { ...FORM, schemaFields: { values: [{ name: 'error' }] } };
	expect((await extract(form)).items[0]).toMatchObject({ json: { error: 'E42' }, attempts: 1 });
	const run = { options: { outputField: 'found', includeInputFields: true } };
	answerJsonInTurn(server, { name: 'Ada', due: null });
	expect((await extract(FORM, run)).items[0]).toMatchObject({ text: 'Ada pays.', found: { name: 'Ada' } });
});

test('a reply with a wrong type is asked for again', async () => {
	answerJsonInTurn(server, { name: ['Ada'], due: null }, { name: 'Ada', due: '2026-11-30' });
	expect((await extract()).items[0]).toMatchObject({ due: '2026-11-30', attempts: 2 });
});

describe('several records per text', () => {
	const SEVERAL = { ...FORM, severalRecords: true };
	const record = (name: string) => ({ name, due: null });

	test('several records of a text become items of their own, with usage and cost once per text', async () => {
		answerJsonInTurn(
			server,
			{ records: [record('Ada'), record('Bob')] },
			{ records: [] },
			{ records: [record('Cy')] },
		);
		const run = { items: texts('1', '2', '3'), options: { maxConcurrentRequests: 1 } };
		const { items, output, hints } = await extract(SEVERAL, run);
		expect(items.map(({ name }) => name)).toEqual(['Ada', 'Bob', 'Cy']);
		expect(output('ChatGPT').map(({ pairedItem }) => pairedItem)).toEqual([
			{ item: 0 },
			{ item: 0 },
			{ item: 2 },
		]);
		expect(items.map((item) => 'usage' in item && 'costUsd' in item)).toEqual([true, false, true]);
		expect(items[1]).toMatchObject({ model: 'gpt-4.1-mini', warnings: [] });
		expect(hints('ChatGPT')[0]!.message).toMatch(/^3 items: 3 answered, 0 failed/);
		expect(schema().schema).toMatchObject({
			properties: { records: { type: 'array', items: { properties: { name: { type: 'string' } } } } },
			required: ['records'],
		});
	});

	test('several records may be described by a schema that refers to its own parts', async () => {
		const tree = {
			type: 'object',
			properties: {
				name: { $ref: '#/$defs/name' },
				parts: { type: 'array', items: { $ref: '#' } },
				label: { $ref: '#/properties/name' },
			},
			required: ['name', 'parts', 'label'],
			additionalProperties: false,
			$defs: { name: { type: 'string' } },
		};
		const node = (...parts: object[]) => ({ name: 'n', label: 'l', parts });
		answerJsonInTurn(server, { records: [node(node({ name: 1 }))] }, { records: [node(node()), node()] });
		const { items } = await extract({
			...SEVERAL,
			schemaSource: 'schema',
			schemaJson: JSON.stringify(tree),
		});
		expect(items).toHaveLength(2);
		expect(items[0]).toMatchObject({ ...node(node()), attempts: 2 });
		expect(schema().schema).toMatchObject({ $defs: { name: { type: 'string' } } });
	});

	test('several records with Simplify off are the JSON of the API, once per text', async () => {
		answerJsonInTurn(server, { records: [record('Ada'), record('Bob')] });
		const { items } = await extract(SEVERAL, { options: { simplify: false } });
		expect(items).toMatchObject([{ object: 'chat.completion', json: { records: [{ name: 'Ada' }, {}] } }]);
	});
});
