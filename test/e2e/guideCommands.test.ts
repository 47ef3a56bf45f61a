import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { call, type Workflow } from '../../playground/n8nApi';
import { startStandInApi } from '../../playground/standInApi';
import { readPages, ROOT, type Page } from '../docs/markdown';
import { importExample, publishExample, readExample } from './support/examples';
import { chatGptCredential, figure, signInToN8n } from './support/n8n';
import { useForFile } from './support/useForFile';

// The curl lines of the guides, as they stand there.

jest.setTimeout(120_000);

const run = promisify(execFile);
const guides = readPages().filter(({ path }) => path.startsWith('docs/guides/'));
const commands = guides.flatMap((page) =>
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
const session = signInToN8n();
const api = useForFile(startStandInApi, (started) => started.stop());
let folder: string;
let ran = 0;
beforeAll(() => {
	folder = mkdtempSync(join(tmpdir(), 'n8n-nodes-chatgpt-commands-'));
	copyFileSync(join(ROOT, 'docs/screenshots/workflow.png'), join(folder, 'photo.jpg'));
	// For every curl, so that the commands stay as they are.
	writeFileSync(
		join(folder, '.curlrc'),
		'silent\nshow-error\nfail-with-body\nwrite-out = "\\nHTTP %{http_code}\\n"\n',
	);
});
afterAll(() => {
	figure(`${ran} curl commands were run`);
	rmSync(folder, { recursive: true });
});

test('every curl command of the guides has an answer to expect here', () => {
	expect(commands.map(({ page }) => page.path).toSorted()).toEqual(Object.keys(ANSWERS));
});

test.each(commands.map(({ page, code }) => [page.path, code, page] as const))(
	'the curl commands of %s get what the guide says',
	async (path, code, page) => {
		const credential = await chatGptCredential(session, { baseUrl: api.baseUrl });
		const example = readExample(findExample(page));
		// Two workflows cannot listen at the same address.
		await unpublish(example.name);
		const workflow = await importExample(session, example, [credential]);
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
			expect(bodies.map(readReply)).toMatchObject(ANSWERS[path]!);
		} finally {
			await unpublish(example.name);
		}
	},
);

/** The workflow that a guide has its readers import first. */
function findExample({ links }: Page): string {
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
function readReply(body: string): unknown {
	const lines = body
		.trim()
		.split('\n')
		.map((line) => JSON.parse(line) as { type?: string; content?: string });
	if (lines[0]!.type !== 'begin') return lines[0];
	return lines.map(({ type, content }) => (type === 'item' ? content : '')).join('');
}
