import type { INodeParameters } from 'n8n-workflow';
import { startStandInApi } from '../../../../playground/standInApi';
import classifyAndRoute from '../../../../examples/classify-and-route.json';
import textJobs from '../../../../examples/text-jobs.json';
import { runChatGpt } from '../../../support/chatGptRun';

let api: Awaited<ReturnType<typeof startStandInApi>>;
beforeAll(async () => {
	api = await startStandInApi();
});
afterAll(() => api.stop());

const parametersOf = (nodes: Array<{ name: string; parameters: object }>, name: string) =>
	nodes.find((node) => node.name === name)!.parameters as INodeParameters;
const LETTER = (
	parametersOf(textJobs.nodes, 'Letter').assignments as { assignments: Array<{ value: string }> }
).assignments[0]!.value;

async function answer(parameters: INodeParameters, json: { text?: string; body?: { text: string } }) {
	const { options } = parameters as { options: INodeParameters };
	const { output, error } = await runChatGpt(api, { parameters, options, items: [{ json }] });
	expect(error).toBeUndefined();
	const outputs = [0, 1, 2, 3].map((index) => output('ChatGPT', index));
	const index = outputs.findIndex((items) => items.length > 0);
	return { index, json: outputs[index]![0]!.json };
}

describe('the workflows of the guide, with the API that npm start brings', () => {
	test.each([
		['I was charged twice, please refund one of the payments.', 0, 'Billing'],
		['My lamp flickers and does not work any more.', 1, 'Technical'],
		['Where is my parcel?', 2, 'Delivery'],
		['Do you have vacancies?', 3, null],
	])('the example that routes e-mails sends %j through output %i', async (text, index, category) => {
		const sorted = await answer(parametersOf(classifyAndRoute.nodes, 'ChatGPT'), { body: { text } });
		expect(sorted).toMatchObject({ index, json: { category, attempts: 1 } });
	});

	test.each([
		[
			'Facts',
			{
				customerName: 'Ada Example',
				orderNumber: 'A-1234',
				deliveredOn: '2026-11-18',
				wantsRefund: false,
			},
		],
		['In one sentence', { summary: 'Hello, my name is Ada Example.' }],
		['In German', { translation: expect.stringContaining('translate into German:) Hello') as string }],
		['Mood', { sentiment: 'neutral', score: 0 }],
	])('the example of text jobs does the job %j', async (name, expected) => {
		const done = await answer(parametersOf(textJobs.nodes, name), { text: LETTER });
		expect(done.json).toMatchObject({ ...expected, attempts: 1, warnings: [] });
	});
});
