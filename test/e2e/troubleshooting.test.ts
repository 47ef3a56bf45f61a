import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import https from 'node:https';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findPage, firstColumn } from '../docs/markdown';
import { fail } from '../support/faultServer';
import {
	bulkWorkflow,
	chatGptCredential,
	postQuestions,
	publish,
	testCredential,
	type BulkWorkflow,
} from './support/n8n';
import { useForFile } from './support/useForFile';
import { useN8n } from './support/useN8n';

jest.setTimeout(120_000);

const run = promisify(execFile);
const page = findPage('docs/guides/troubleshooting.md');

const { session, server, credential } = useN8n();
const plain = useForFile(
	async () => {
		const started = createServer((socket) => socket.end('This is no web server.\r\n'));
		await once(started.listen(0, '127.0.0.1'), 'listening');
		return started;
	},
	(started) => started.close(),
);
const encrypted = useForFile(
	async () => {
		const folder = mkdtempSync(join(tmpdir(), 'n8n-nodes-chatgpt-tls-'));
		const [keyFile, certificate] = [join(folder, 'key'), join(folder, 'crt')];
		await run('openssl', [
			...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'],
			...['-keyout', keyFile, '-out', certificate],
		]);
		const started = https.createServer({ key: readFileSync(keyFile), cert: readFileSync(certificate) });
		rmSync(folder, { recursive: true });
		await once(started.listen(0, '127.0.0.1'), 'listening');
		return started;
	},
	(started) => started.close(),
);
const addressOf = (one: Server) => `127.0.0.1:${(one.address() as AddressInfo).port}/v1`;

test.each([
	['ECONNREFUSED', () => 'http://127.0.0.1:9/v1'],
	['EPROTO', () => server.baseUrl.replace('http', 'https')],
	['HPE_INVALID_CONSTANT', () => `http://${addressOf(plain)}`],
	['ECONNRESET', () => `http://${addressOf(encrypted)}`],
	['DEPTH_ZERO_SELF_SIGNED_CERT', () => `https://${addressOf(encrypted)}`],
])('the troubleshooting guide explains %s of the connection test', async (code, baseUrl) => {
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
])('the troubleshooting guide explains what a webhook answers: %s', async (words, bulk) => {
	server.behave(() => fail({ status: 400, shape: 'openai', message: 'Bad row.' }));
	const { url } = await publish(session, bulkWorkflow({ credential, ...bulk }));
	const response = await postQuestions(url, 1);
	expect(response.status).toBe(500);
	expect(await response.text()).toContain(words);
	expect(firstColumn(page, 'The caller gets')).toContain(`\`${words}\`, status 500`);
});
