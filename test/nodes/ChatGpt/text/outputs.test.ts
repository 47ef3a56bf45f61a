import type { INode, INodeParameters } from 'n8n-workflow';
import { inputsFor } from '../../../../nodes/ChatGpt/inputs';
import { outputsFor } from '../../../../nodes/ChatGpt/outputs';
import { API_KEY } from '../../../support/chatGptRun';
import { ok } from '../../../support/faultServer';
import { textIn, texts } from '../../../support/textRun';
import { useFaultServer } from '../../../support/useFaultServer';
import { oneNodeWorkflow, runWorkflow } from '../../../support/workflowRunner';

const server = useFaultServer({
	// The text of an item is the answer: the categories that it is to get.
	behave(request) {
		const said = JSON.parse(textIn(request)) as unknown;
		return ok({ text: JSON.stringify(Array.isArray(said) ? { categories: said } : { category: said }) });
	},
});

const VALUES = [{ name: 'Billing' }, { name: 'Technical' }, { name: 'Praise' }];
const PER_CATEGORY: INodeParameters = {
	resource: 'text',
	operation: 'classify',
	text: '={{ $json.text }}',
	categories: { values: VALUES },
	outputPerCategory: true,
	options: { repairAttempts: 0 },
};

/** Each output of the node leads to a node that is called as it. */
async function route(
	said: unknown[],
	parameters: INodeParameters,
	names: string[],
	node: Partial<INode> = {},
) {
	const { nodes, connections, ...workflow } = oneNodeWorkflow({ ...PER_CATEGORY, ...parameters }, node);
	const followers = names.map((name) => ({ ...nodes[0]!, id: name, name }));
	const main = names.map((name) => [{ node: name, type: 'main' as const, index: 0 }]);
	const { nodeRuns, output, error } = await runWorkflow({
		items: texts(...said.map((one) => (typeof one === 'function' ? 'not JSON' : JSON.stringify(one)))),
		workflow: {
			...workflow,
			nodes: [...nodes, ...followers],
			connections: { ...connections, ChatGPT: { main } },
		},
		credentials: { chatGptApi: { apiKey: API_KEY, baseUrl: server.baseUrl } },
	});
	return {
		error,
		arrived: Object.fromEntries(
			names.map((name) => [
				name,
				nodeRuns(name).length === 0 ? 'did not run' : output(name).map(({ json }) => json),
			]),
		),
	};
}
const category = (name: string | null) => expect.objectContaining({ category: name }) as object;

describe('one output per category', () => {
	test('an output per category leads each item to what follows its category', async () => {
		const { arrived, error } = await route(['Technical', 'Billing', 'Technical'], {}, [
			'Billing',
			'Technical',
			'Praise',
		]);
		expect(error).toBeUndefined();
		expect(arrived).toEqual({
			Billing: [category('Billing')],
			Technical: [category('Technical'), category('Technical')],
			Praise: 'did not run',
		});
	});

	test('the outputs per category end with one for none, and the error output after it', async () => {
		const { arrived } = await route(
			['Praise', null, 'Refunds', 'billing'],
			{ noCategory: 'none' },
			['Billing', 'Technical', 'Praise', 'None', 'Error'],
			{ onError: 'continueErrorOutput' },
		);
		expect(arrived).toEqual({
			Billing: [category('Billing')],
			Technical: 'did not run',
			Praise: [category('Praise')],
			None: [category(null)],
			Error: [
				{
					error: expect.stringContaining('it said "Refunds", but'),
					details: expect.any(Object),
					// n8n adds the fields of the input.
					text: '"Refunds"',
				},
			],
		});
	});

	test('On Error: Continue puts failed items into the first output per category', async () => {
		const { arrived } = await route(['Refunds', 'Praise'], {}, ['Billing', 'Technical', 'Praise'], {
			onError: 'continueRegularOutput',
		});
		expect(arrived).toMatchObject({
			Billing: [{ error: expect.stringContaining('Refunds') }],
			Praise: [category('Praise')],
		});
	});

	test('an item with several categories leaves through the output of each, as copies', async () => {
		const { arrived } = await route(
			[['Praise', 'Billing'], []],
			{ severalCategories: true, noCategory: 'none' },
			['Billing', 'Technical', 'Praise', 'None'],
		);
		const both = expect.objectContaining({ categories: ['Praise', 'Billing'] }) as object;
		expect(arrived).toEqual({
			Billing: [both],
			Technical: 'did not run',
			Praise: [both],
			None: [expect.objectContaining({ categories: [] })],
		});
		const [inOne] = arrived.Billing as object[];
		expect(inOne).not.toBe((arrived.Praise as object[])[0]);
	});

	test.each<[string, INodeParameters, string[]]>([
		['the node', {}, ['usage', 'costUsd']],
		['the API', { simplify: false }, ['usage']],
	])(
		'what a reply used is in only one of the copies of its item, in the words of %s',
		async (_name, options, counted) => {
			const { arrived } = await route(
				[['Praise', 'Technical', 'Billing'], ['Praise']],
				{ severalCategories: true, options: { repairAttempts: 0, ...options } },
				['Billing', 'Technical', 'Praise'],
			);
			const keys = Object.values(arrived).map((items) =>
				(items as object[]).map((item) => counted.filter((key) => key in item)),
			);
			expect(keys).toEqual([[counted], [[]], [[], counted]]);
			// All else is the same.
			const [first, second] = (Object.values(arrived) as object[][]).map(([item]) => item!);
			const others = Object.entries(first!).filter(([key]) => !counted.includes(key));
			expect(second).toEqual(Object.fromEntries(others));
		},
	);

	test('the output of a category whose name is an expression goes by its place', async () => {
		const values = [{ name: '={{ "A" + 1 }}' }, { name: 'B' }];
		const { arrived } = await route(['A1', 'B'], { categories: { values } }, ['first', 'second']);
		expect(arrived).toEqual({ first: [category('A1')], second: [category('B')] });
	});

	test('categories from JSON have one output together', async () => {
		const { arrived } = await route(
			['b'],
			{ categoriesSource: 'json', categoriesJson: '["a", "b"]', outputPerCategory: true },
			['all'],
		);
		expect(arrived).toEqual({ all: [category('b')] });
	});
});

describe('what the canvas shows', () => {
	const names = (parameters: INodeParameters) => outputsFor(parameters).map(({ displayName }) => displayName);
	test.each<[string, INodeParameters, Array<string | undefined>]>([
		['the names of the categories', PER_CATEGORY, ['Billing', 'Technical', 'Praise']],
		[
			'an output for none besides',
			{ ...PER_CATEGORY, noCategory: 'none' },
			['Billing', 'Technical', 'Praise', 'None'],
		],
		[
			'a number for what is not known yet',
			{ ...PER_CATEGORY, categories: { values: [{ name: '={{ $json.a }}' }, {}, { name: ' C ' }] } },
			['Category 1', 'Category 2', 'C'],
		],
		['one output without categories', { ...PER_CATEGORY, categories: {} }, [undefined]],
		['one output for another operation', { ...PER_CATEGORY, operation: 'extract' }, [undefined]],
		['one output for a chat', { outputPerCategory: true }, [undefined]],
	])('the canvas shows %s', (_name, parameters, expected) => {
		expect(names(parameters)).toEqual(expected);
	});

	test.each<[string, INodeParameters, string[]]>([
		['inputs for a memory and tools of a chat', {}, ['main', 'ai_memory', 'ai_tool']],
		['the main input alone of a text, which would not heed them', { resource: 'text' }, ['main']],
	])('the canvas shows %s', (_name, parameters, expected) => {
		expect(inputsFor(parameters).map(({ type }) => type)).toEqual(expected);
	});
});
