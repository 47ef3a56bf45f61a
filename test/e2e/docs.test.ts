import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { INodeParameters, INodeTypeDescription } from 'n8n-workflow';
import { cacheFolder } from '../../playground/folders';
import { call, createWorkflow, type Session, type Workflow } from '../../playground/n8nApi';
import { dependencies } from '../../playground/package.json';
import { startStandInApi } from '../../playground/standInApi';
import { firstColumn, readPages, ROOT, type Page } from '../docs/markdown';
import { N8N_LABELS } from '../docs/n8nLabels';
import { readWorkflows } from '../docs/workflows';
import { fail, ok, startFaultServer, type FaultServer } from '../support/faultServer';
import { importExample, publishExample, readExample, runByHand } from './support/examples';
import {
	bulkWorkflow,
	chatGptCredential,
	figure,
	lastExecution,
	postQuestions,
	publish,
	signInToN8n,
	testCredential,
	type BulkWorkflow,
} from './support/n8n';

jest.setTimeout(120_000);

const run = promisify(execFile);
const CHATGPT = 'n8n-nodes-chatgpt.chatGpt';
const pages = readPages();
const workflows = readWorkflows(pages);

let server: FaultServer;
let session: Session;
let known: Array<Pick<INodeTypeDescription, 'name' | 'version'>>;
let imports = 0;
beforeAll(async () => {
	server = await startFaultServer();
	session = signInToN8n();
	// What the editor itself loads.
	const response = await fetch(`${session.url}/types/nodes.json`, {
		headers: { cookie: session.cookie, 'browser-id': session.browserId },
	});
	known = (await response.json()) as typeof known;
});
afterAll(async () => {
	figure(`${imports} workflows were imported`);
	await server.close();
});

const isKnown = ({ type, typeVersion }: { type: string; typeVersion: number }) =>
	known.some(({ name, version }) => name === type && [version].flat().includes(typeVersion));

/** @param options of the ChatGPT node, besides those of the workflow. */
async function imported(workflow: (typeof workflows)[number], options?: INodeParameters): Promise<Workflow> {
	const credential = await chatGptCredential(session, { baseUrl: server.baseUrl });
	const nodes = workflow.nodes.map((node) =>
		node.type === CHATGPT
			? {
					...node,
					...(options && {
						parameters: {
							...node.parameters,
							options: { ...(node.parameters.options as object), ...options },
						},
					}),
					credentials: { chatGptApi: { id: credential.id, name: credential.name } },
				}
			: node,
	);
	const { name, connections, settings } = workflow;
	imports++;
	// Other tests publish the samples by their names.
	return await createWorkflow(session, { name: `${name} ${randomUUID()}`, nodes, connections, settings });
}

test('n8n knows this node, and would not know another', () => {
	expect(isKnown({ type: CHATGPT, typeVersion: 1 })).toBe(true);
	expect(isKnown({ type: CHATGPT, typeVersion: 99 })).toBe(false);
	expect(isKnown({ type: 'n8n-nodes-chatgpt.chatGTP', typeVersion: 1 })).toBe(false);
});

test.each(workflows.map((workflow) => [workflow.place, workflow] as const))(
	'the workflow in %s can be imported',
	async (_, workflow) => {
		const { nodes, connections } = await imported(workflow);
		expect(
			nodes.filter((node) => !isKnown(node)).map(({ type, typeVersion }) => [type, typeVersion]),
		).toEqual([]);
		expect(nodes.map(({ name }) => name)).toEqual(workflow.nodes.map(({ name }) => name));
		expect(connections).toEqual(workflow.connections);
		const ours = nodes.filter(({ type }) => type === CHATGPT);
		expect(ours.every((node) => node.credentials?.chatGptApi?.id)).toBe(true);
	},
);

test('the run over many rows answers each, asks once for what is the same, and adds up the cost', async () => {
	server.behave(({ rawBody }) =>
		rawBody.includes('Broken') ? fail({ status: 400, shape: 'openai', message: 'Bad row.' }) : ok(),
	);
	const workflow = workflows.find(({ place }) => place.endsWith('bulk-run.json'))!;
	const bulkRun = await imported(workflow, { prices: { values: [{ input: 1, output: 2 }] } });
	await runByHand(session, bulkRun);
	const { status, data } = await lastExecution(session, bulkRun.id);
	expect(status).toBe('success');
	const outputOf = (name: string) => data.resultData.runData[name]![0]!.data!.main!;
	const [answered, failed] = outputOf('ChatGPT');
	expect(answered!.map(({ json }) => [json.id, json.cached ?? false])).toEqual([
		[1, false],
		[3, false],
		[4, true],
	]);
	expect(failed!.map(({ json }) => [json.id, json.error])).toEqual([
		[2, 'Model gpt-4.1-mini: The API cannot accept this request: Bad row'],
	]);
	expect(outputOf('Failed rows')[0]).toHaveLength(1);
	expect(server.requests).toHaveLength(3);
	const [summary] = outputOf('Cost per model')[0]!;
	expect(summary!.json).toMatchObject({
		model: expect.any(String),
		sum_costUsd: expect.any(Number),
		count_text: 3,
	});
	figure(`bulk-run.json adds up to ${JSON.stringify(summary!.json)}`);
});

test('every label is one of the editor or of a node', () => {
	const folder = join(cacheFolder(), `host-${dependencies.n8n}`, 'node_modules/n8n-editor-ui/dist/assets');
	const scripts = readdirSync(folder).filter((name) => name.endsWith('.js'));
	const editor = scripts.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n');
	const nodes = JSON.stringify(known);
	// The editor has a text as a property's value or as what an element holds.
	const isShown = (label: string) =>
		[':', ','].some((before) => editor.includes(`${before}\`${label}\``)) ||
		nodes.includes(`ame":${JSON.stringify(label)}`);
	expect(isShown('Import from file')).toBe(false);
	expect(N8N_LABELS.filter((label) => !isShown(label))).toEqual([]);
});

describe('docs/guides/troubleshooting.md', () => {
	const page = pages.find(({ path }) => path === 'docs/guides/troubleshooting.md')!;
	let plain: Server;
	let encrypted: https.Server;
	beforeAll(async () => {
		const folder = mkdtempSync(join(tmpdir(), 'n8n-nodes-chatgpt-tls-'));
		const [keyFile, certificate] = [join(folder, 'key'), join(folder, 'crt')];
		await run('openssl', [
			...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'],
			...['-keyout', keyFile, '-out', certificate],
		]);
		encrypted = https.createServer({ key: readFileSync(keyFile), cert: readFileSync(certificate) });
		rmSync(folder, { recursive: true });
		plain = createServer((socket) => socket.end('This is no web server.\r\n'));
		for (const one of [encrypted, plain]) await once(one.listen(0, '127.0.0.1'), 'listening');
	});
	afterAll(() => [encrypted, plain].forEach((one) => one.close()));
	const at = (one: Server) => `127.0.0.1:${(one.address() as AddressInfo).port}/v1`;

	test.each([
		['ECONNREFUSED', () => 'http://127.0.0.1:9/v1'],
		['ENOTFOUND', () => 'https://api.example.invalid/v1'],
		['EPROTO', () => server.baseUrl.replace('http', 'https')],
		['HPE_INVALID_CONSTANT', () => `http://${at(plain)}`],
		['ECONNRESET', () => `http://${at(encrypted)}`],
		['DEPTH_ZERO_SELF_SIGNED_CERT', () => `https://${at(encrypted)}`],
	])('explains %s, as the connection test says', async (code, baseUrl) => {
		const { status, message } = await testCredential(
			session,
			await chatGptCredential(session, { baseUrl: baseUrl() }),
		);
		expect({ status, message }).toEqual({ status: 'Error', message: code });
		expect(firstColumn(page, 'The test says').flatMap((cell) => cell.split(', '))).toContain(code);
	});

	test.each<[string, Partial<BulkWorkflow>]>([
		['{"message":"Error in workflow"}', {}],
		[
			'No item to return was found',
			{ webhook: { responseData: 'firstEntryJson' }, node: { onError: 'continueErrorOutput' } },
		],
		[
			'No Respond to Webhook node found in the workflow',
			{ webhook: { responseMode: 'responseNode' }, node: { onError: 'continueErrorOutput' } },
		],
	])('explains what a webhook answers: %s', async (words, bulk) => {
		server.behave(() => fail({ status: 400, shape: 'openai', message: 'Bad row.' }));
		const credential = await chatGptCredential(session, { baseUrl: server.baseUrl });
		const { url } = await publish(session, bulkWorkflow({ credential, ...bulk }));
		const response = await postQuestions(url, 1);
		expect(response.status).toBe(500);
		expect(await response.text()).toContain(words);
		expect(firstColumn(page, 'The caller gets')).toContain(`\`${words}\`, status 500`);
	});
});

describe('the commands of the guides', () => {
	const commands = pages.flatMap((page) =>
		page.blocks
			.filter(({ language, code }) => language === 'bash' && /^curl /m.test(code))
			.map(({ code }) => ({ page, code })),
	);
	/** What the stand-in API lets each of them answer, in the order of its curl lines. */
	const ANSWERS: Record<string, unknown[]> = {
		'docs/guides/chat-with-memory.md': [expect.stringContaining('Nice to meet you, Ada!')],
		'docs/guides/images-and-files.md': [
			{ text: expect.stringContaining('a PNG image') },
			{ text: expect.stringContaining('a PNG image') },
		],
		'docs/guides/moderation.md': [{ published: true }],
		'docs/guides/structured-output.md': [{ summary: expect.any(String), isUrgent: expect.any(Boolean) }],
		'docs/guides/text-jobs.md': [{ category: 'Technical', department: 'Workshop' }],
	};
	let api: Awaited<ReturnType<typeof startStandInApi>>;
	let folder: string;
	let ran = 0;
	beforeAll(async () => {
		api = await startStandInApi();
		folder = mkdtempSync(join(tmpdir(), 'n8n-nodes-chatgpt-commands-'));
		copyFileSync(join(ROOT, 'docs/screenshots/workflow.png'), join(folder, 'photo.jpg'));
		// For every curl, so that the commands stay as they are.
		writeFileSync(
			join(folder, '.curlrc'),
			'silent\nshow-error\nfail-with-body\nwrite-out = "\\nHTTP %{http_code}\\n"\n',
		);
	});
	afterAll(async () => {
		figure(`${ran} curl commands were run`);
		rmSync(folder, { recursive: true });
		await api.stop();
	});

	test('are all known here', () => {
		expect(commands.map(({ page }) => page.path).toSorted()).toEqual(Object.keys(ANSWERS));
	});

	test.each(commands.map(({ page, code }) => [page.path, code, page] as const))(
		'%s',
		async (path, code, page) => {
			const credential = await chatGptCredential(session, { baseUrl: api.baseUrl });
			const example = readExample(exampleOf(page));
			// Two workflows cannot listen at the same address.
			await unpublish(example.name);
			const workflow = await importExample(session, example, [credential]);
			imports++;
			const url = await publishExample(session, workflow);
			const here = code.replaceAll('https://YOUR-N8N', session.url).replaceAll('ADDRESS', url);
			expect(here).toContain(url);
			try {
				const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', here], {
					cwd: folder,
					env: { ...process.env, CURL_HOME: folder },
				});
				const answers = stdout.split(/\nHTTP (\d+)\n/).slice(0, -1);
				const bodies = answers.filter((_, index) => index % 2 === 0);
				expect(answers.filter((_, index) => index % 2 === 1)).toEqual(bodies.map(() => '200'));
				ran += bodies.length;
				expect(bodies.map(replyIn)).toMatchObject(ANSWERS[path]!);
			} finally {
				await unpublish(example.name);
			}
		},
	);
});

/** The workflow that a guide has its readers import first. */
function exampleOf({ links }: Page): string {
	return links.map((link) => /\/examples\/([\w-]+)\.json$/.exec(link)?.[1]).find(Boolean)!;
}

async function unpublish(name: string): Promise<void> {
	const found = await call<Workflow[]>(
		session,
		'GET',
		`/workflows?filter=${encodeURIComponent(JSON.stringify({ name }))}`,
	);
	const listening = found.filter((workflow) => workflow.name === name && workflow.activeVersionId !== null);
	for (const { id } of listening) await call(session, 'POST', `/workflows/${id}/deactivate`);
}

/** An object, or the text of a chat that streams. */
function replyIn(body: string): unknown {
	const lines = body
		.trim()
		.split('\n')
		.map((line) => JSON.parse(line) as { type?: string; content?: string });
	if (lines[0]!.type !== 'begin') return lines[0];
	return lines.map(({ type, content }) => (type === 'item' ? content : '')).join('');
}
