import type { INode, INodeParameters } from 'n8n-workflow';
import { ChatGpt } from '../../nodes/ChatGpt/ChatGpt.node';
import { parameterProblems } from './nodeParameters';

const { description } = new ChatGpt();

const problems = (parameters: INodeParameters) => {
	const node: INode = {
		id: '1',
		name: 'ChatGPT',
		type: 'n8n-nodes-chatgpt.chatGpt',
		typeVersion: 1,
		position: [0, 0],
		parameters: { resource: 'chat', operation: 'complete', ...parameters },
	};
	return parameterProblems(node, description);
};

const model = { __rl: true, mode: 'id', value: 'gpt-4.1-mini' };
const message = { role: 'user', content: 'Hi' };

test('what the editor saves has no problem', () => {
	expect(
		problems({
			model,
			messages: {
				values: [{ ...message, attachments: { values: [{ type: 'image', binaryPropertyName: 'data' }] } }],
			},
			responseFormat: 'jsonSchema',
			schemaSource: 'fields',
			schemaFields: { values: [{ name: 'kind', type: 'choice', values: 'a, b', required: true }] },
			temperature: 0.2,
			options: { maxConcurrentRequests: 20, repairAttempts: 2, stop: ['END'], extraBody: '{"a": 1}' },
		}),
	).toEqual([]);
});

test('an expression may stand wherever the editor allows one', () => {
	expect(problems({ temperature: '={{ $json.temperature }}' })).toEqual([]);
	expect(problems({ resource: '={{ "chat" }}' })).toContain('resource takes no expression');
});

test.each<[string, INodeParameters, string]>([
	['a parameter', { temprature: 0.2 }, 'temprature is no field'],
	['an option', { options: { maxConcurentRequests: 20 } }, 'options.maxConcurentRequests is no field'],
	['a group', { messages: { value: [message] } }, 'messages.value is no group'],
	['a field of a row', { messages: { values: [{ text: 'Hi' }] } }, 'messages.values[0].text is no field'],
	[
		'a field deep inside',
		{ messages: { values: [{ ...message, attachments: { values: [{ type: 'image', field: 'data' }] } }] } },
		'messages.values[0].attachments.values[0].field is no field',
	],
	['a value', { responseFormat: 'json' }, 'responseFormat may not be "json"'],
	[
		'a value of a row',
		{ messages: { values: [{ ...message, role: 'bot' }] } },
		'messages.values[0].role may not be "bot"',
	],
	['a value of an option', { options: { serviceTier: 'cheap' } }, 'options.serviceTier may not be "cheap"'],
	['a number', { temperature: 3 }, 'temperature may not be 3'],
	['a number as text', { temperature: '0.2' }, 'temperature may not be "0.2"'],
	['a yes or no', { options: { store: 'yes' } }, 'options.store may not be "yes"'],
	['JSON', { options: { extraBody: '{a: 1}' } }, 'options.extraBody may not be "{a: 1}"'],
	['a mode', { model: { ...model, mode: 'name' } }, 'model.mode "name" is no mode'],
	['a list', { options: { stop: 'END' } }, 'options.stop is no list'],
	['rows', { messages: { values: message } }, 'messages.values is no list'],
])('a mistake in %s is named', (_, parameters, problem) => {
	expect(problems(parameters)).toContain(problem);
});

test.each<[INodeParameters, string]>([
	[{ schemaSource: 'example' }, 'schemaSource is not shown here'],
	[{ responseFormat: 'jsonSchema', schemaJson: '{}' }, 'schemaJson is not shown here'],
	[{ options: { repairAttempts: 1 } }, 'options.repairAttempts is not shown here'],
	[
		{ messages: { values: [{ role: 'system', content: 'Hi', attachments: {} }] } },
		'messages.values[0].attachments is not shown here',
	],
])('a field that the editor hides for %j is named', (parameters, problem) => {
	expect(problems(parameters)).toContain(problem);
});
