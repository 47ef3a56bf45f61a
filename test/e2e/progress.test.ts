import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createWorkflow, type WorkflowData } from '../../playground/n8nApi';
import { ok } from '../support/faultServer';
import { openToRun, signInToEditor, useBrowser } from './support/browser';
import { nodeRun } from './support/executions';
import { bulkWorkflow, figure, lastExecution, runBulk, workflowNode, type BulkWorkflow } from './support/n8n';
import { questions } from './support/questions';
import { useN8n } from './support/useN8n';

jest.setTimeout(300_000);

/** At a second each, two at a time, they take 12 s: long enough for two reports. */
const COUNT = 24;

const { session, credential } = useN8n({ behave: () => ok({ latencyMs: 1_000 }) });
const browser = useBrowser();

const options = { maxConcurrentRequests: 2 };
const lastSentence = /^24 items: 24 answered, 0 failed; \d+ prompt and \d+ completion tokens\.$/;

/** The lines of n8n's log that tell of this file's runs. */
async function readLog(): Promise<string[]> {
	const log = await readFile(join(process.env.E2E_USER_FOLDER!, 'n8n.log'), 'utf8');
	return log.split('\n').filter((line) => line.includes(`of ${COUNT} items done`));
}

/** Two reports at least, at most one every five seconds, each further than the one before. */
function expectProgress(lines: string[], runMs: number): void {
	expect(lines.length).toBeGreaterThanOrEqual(2);
	expect(lines.length).toBeLessThanOrEqual(Math.floor(runMs / 5_000));
	const done = lines.map((line) => Number(/(\d+) of 24 items done;.* left/.exec(line)?.[1]));
	expect(done.every((count, report) => count > (done[report - 1] ?? 0) && count < COUNT)).toBe(true);
}

test("a run says in n8n's log how far it is", async () => {
	const { execution } = await runBulk(session, { credential, options }, COUNT);
	const { executionTime, hints } = nodeRun(execution);
	const lines = await readLog();
	expectProgress(lines, executionTime);
	expect(lines.every((line) => /\| info .*ChatGPT in workflow ".+" \(execution \d+\): /.test(line))).toBe(
		true,
	);
	expect(hints?.[0]?.message).toMatch(lastSentence);
	figure(`log: ${lines.at(-1)}`);
});

test("a run in the editor says how far it is in the browser's console, and at its end in the output", async () => {
	const { id } = await createWorkflow(session, manualWorkflow({ credential, options }));
	const before = (await readLog()).length;
	const page = await signInToEditor(browser, session.url);
	const said: string[] = [];
	page.on('console', (message) => said.push(message.text()));
	await openToRun(page, `${session.url}/workflow/${id}`);
	await page.getByTestId('execute-workflow-button').click();
	await page.getByTestId('canvas-node-status-success').nth(3).waitFor();

	const { executionTime: runMs } = nodeRun(await lastExecution(session, id));
	const lines = said.filter((text) => text.includes('items done'));
	expectProgress(lines, runMs);
	expect(lines.every((line) => line.startsWith('[Node: "ChatGPT"] '))).toBe(true);
	expectProgress((await readLog()).slice(before), runMs);

	await page.getByTestId('canvas-node').filter({ hasText: 'ChatGPT' }).dblclick();
	await page.getByTestId('output-panel').getByText(lastSentence).waitFor();
	figure(`console: ${lines.at(-1)}`);
});

/** Manual Trigger → Set → Split Out → ChatGPT. */
function manualWorkflow(bulk: BulkWorkflow): WorkflowData {
	const { name, nodes, settings } = bulkWorkflow(bulk);
	const jsonOutput = JSON.stringify({ body: { questions: questions(COUNT) } });
	const toNode = (node: string) => ({ main: [[{ node, type: 'main' as const, index: 0 }]] });
	return {
		name,
		nodes: [
			workflowNode('Start', 'n8n-nodes-base.manualTrigger', 1, -1, {}),
			workflowNode('Questions', 'n8n-nodes-base.set', 3.4, 0, { mode: 'raw', jsonOutput, options: {} }),
			...nodes.slice(1),
		],
		connections: {
			Start: toNode('Questions'),
			Questions: toNode('Split Out'),
			'Split Out': toNode('ChatGPT'),
		},
		settings,
	};
}
