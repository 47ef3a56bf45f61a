import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ChatRequest } from '../../client/core/requests';
import { connect, options } from '../support/clientCalls';
import { OPENAI_MODELS, refusingLikeOpenAi } from '../support/faultServer';
import { useFaultServer } from '../support/useFaultServer';

/*
 * Writes docs/model-rules.md from what arrives at a server that refuses what OpenAI refuses, and fails when the file in
 * the repository says something else. To write it anew: UPDATE_MODEL_RULES=1 npx jest test/client/modelRules
 */
const FILE = path.join(__dirname, '../../docs/model-rules.md');

const MODELS = [...Object.keys(OPENAI_MODELS), 'llama3.2:3b', 'mistral-large-latest', 'my-deployment'];

const user = { role: 'user', content: 'Hi' };
const instruction = (role: string) => ({ messages: [{ role, content: 'Reply in JSON.' }, user] });
const tools = [{ type: 'function', function: { name: 'look', parameters: { type: 'object' } } }];
const response_format = {
	type: 'json_schema',
	json_schema: { name: 'reply', strict: true, schema: { type: 'object', properties: {} } },
};

interface Probe {
	/** The head of the column. */
	name: string;
	given: Partial<ChatRequest>;
	/** The parameter to look at. */
	feature: string;
	/** What is to be seen of it. */
	read?: (body: ChatRequest) => unknown;
}
const plain = (feature: string, value: unknown, more: object = {}): Probe => ({
	name: feature,
	given: { [feature]: value, ...more },
	feature,
});
const PARAMETERS: Probe[] = [
	plain('max_tokens', 100),
	plain('temperature', 0.2),
	{ ...plain('temperature', 0.2, { reasoning_effort: 'none' }), name: 'temperature, with the effort none' },
	plain('top_p', 0.5),
	plain('logprobs', true),
	plain('top_logprobs', 2, { logprobs: true }),
	plain('frequency_penalty', 0.5),
	plain('presence_penalty', 0.5),
	plain('logit_bias', { 50256: -100 }),
	plain('verbosity', 'low'),
	...['system', 'developer'].map((role) => ({
		name: `role ${role}`,
		given: instruction(role),
		feature: 'messages',
		read: ({ messages }: ChatRequest) => messages[0]!.role,
	})),
	{
		name: 'tools',
		given: { tools },
		feature: 'reasoning_effort',
		read: (body) => (body.tools ? `sent${body.reasoning_effort ? ' with the effort none' : ''}` : undefined),
	},
	{
		name: 'response_format json_schema',
		given: { ...instruction('user'), response_format },
		feature: 'response_format',
		read: (body) => (body.response_format as { type: string }).type,
	},
];
const EFFORTS: Probe[] = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'].map((level) => ({
	...plain('reasoning_effort', level),
	name: level,
}));

const server = useFaultServer({ behave: refusingLikeOpenAi() });

/** What becomes of one parameter for one model, with the numbers of the warnings. */
async function writeCell(
	model: string,
	{ given, feature, read = (body) => body[feature] }: Probe,
	notes: string[],
) {
	server.reset();
	const request: ChatRequest = { model, messages: [user], ...given };
	const { warnings } = await connect(server).completeChat(request, options());
	const body = server.lastRequest().body as ChatRequest;
	const numbers = warnings
		.filter((warning) => warning.feature === feature)
		.map(({ message }) => {
			const note = message.replaceAll(model, 'MODEL').replace(/(Sent as|has no) [a-z]+\b(?!_)/g, '$1 LEVEL');
			if (!notes.includes(note)) notes.push(note);
			return ` (${notes.indexOf(note) + 1})`;
		});
	const isLearned =
		JSON.stringify(read(server.requests[0]!.body as ChatRequest)) !== JSON.stringify(read(body));
	return `${describeOutcome(read(request), read(body), body)}${numbers.join('')}${isLearned ? ' \\*' : ''}`;
}

function describeOutcome(wanted: unknown, got: unknown, body: ChatRequest): string {
	if (JSON.stringify(got) === JSON.stringify(wanted)) return 'sent';
	if (typeof got === 'string') return got.startsWith('sent') ? got : `as ${got}`;
	return body.max_completion_tokens === undefined ? 'left out' : 'as max_completion_tokens';
}

async function writeTable(probes: Probe[], notes: string[]): Promise<string> {
	const rows = [['Model', ...probes.map(({ name }) => name)]];
	for (const model of MODELS) {
		const row = [`\`${model}\``];
		for (const probe of probes) row.push(await writeCell(model, probe, notes));
		rows.push(row);
	}
	// As prettier aligns it.
	const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
	const lines = rows.map(
		(row) => `| ${row.map((text, column) => text.padEnd(widths[column]!)).join(' | ')} |`,
	);
	lines.splice(1, 0, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`);
	return lines.join('\n');
}

test('docs/model-rules.md says what arrives at the server', async () => {
	const notes: string[] = [];
	const parameters = await writeTable(PARAMETERS, notes);
	const efforts = await writeTable(EFFORTS, notes);
	const page = `# What each model is sent

OpenAI's models differ in what they take, and refuse a request with a single parameter too many. The node sends each model what it takes: it gives a parameter the name or the value that the model knows, or leaves it out. The field \`warnings\` of the output says so each time, so that nothing happens unseen. What you did not set is not sent, except for what a request would be refused without: the effort none with tools, and an instruction to reply in JSON.

The node goes by the model's name, so new versions, dated versions and fine-tuned models (\`ft:…\`) are treated as their family. Any other name, as other servers and Azure deployments have them, gets everything as you set it.

When a server refuses a parameter all the same, the node sends the request once more without it, or with the name or value that the server asks for, and remembers this for the model: a run of 1,000 items meets the refusal once, or a few times when several requests are under way. Only parameters that tune a reply are left out. What would change the task stays an error: messages, tools, stop sequences, the number of choices, a parameter that nobody knows, or a value that is wrong.

A value that is the API's default, such as a temperature of 1, is left out without a warning where it is refused. A parameter in **Extra Body** is treated as any other.

This page is made by a test, of what arrives at a server that refuses what OpenAI refuses. The numbers are those of the [warnings](#warnings). \\* means that the server's refusal decides; it is met once.

## Parameters

Sent were a temperature of 0.2, a top_p of 0.5 and so on, one at a time, without a reasoning effort unless the column says so.

${parameters}

## Reasoning effort

A level that the model lacks becomes the nearest one that it has.

${efforts}

## Warnings

${notes.map((note, index) => `${index + 1}. ${note}`).join('\n')}
`;
	if (process.env.UPDATE_MODEL_RULES) await writeFile(FILE, page);
	expect(await readFile(FILE, 'utf8')).toBe(page);
});

test('docs/model-rules.md has models of every family, and unknown ones', () => {
	expect(MODELS.length).toBeGreaterThanOrEqual(28);
});
