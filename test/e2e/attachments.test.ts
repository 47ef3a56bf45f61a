import type { IDataObject } from 'n8n-workflow';
import type { WorkflowData } from '../../playground/n8nApi';
import { errorIn, nodeRun } from './support/executions';
import { bulkWorkflow, figure, lastExecution, publish } from './support/n8n';
import { useN8n } from './support/useN8n';

jest.setTimeout(120_000);

const { session, server, credential } = useN8n();

/** A red dot. */
const PNG = Buffer.from(
	'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg==',
	'base64',
);
const MB = 1024 * 1024;

/** Webhook → ChatGPT, asked about what was uploaded. */
function uploadWorkflow(attachments: IDataObject[]): WorkflowData {
	const values = [
		{ role: 'user', content: '={{ $json.body.question }}', attachments: { values: attachments } },
	];
	const parameters = { messages: { values } } as WorkflowData['nodes'][0]['parameters'];
	const { name, nodes, settings } = bulkWorkflow({ credential, parameters });
	return {
		name,
		nodes: nodes.filter((node) => node.name !== 'Split Out'),
		connections: { Webhook: { main: [[{ node: 'ChatGPT', type: 'main', index: 0 }]] } },
		settings,
	};
}

/** Sends a form with files as a browser does, and waits for the end. */
async function upload(workflow: WorkflowData, files: Record<string, File>) {
	const { id, url } = await publish(session, workflow);
	const form = new FormData();
	form.set('question', 'What is this?');
	for (const [field, file] of Object.entries(files)) form.set(field, file);
	const response = await fetch(url, { method: 'POST', body: form });
	await response.text();
	return { status: response.status, execution: await lastExecution(session, id) };
}

test('an uploaded picture, one by URL and a document go to the API in one message', async () => {
	const pdf = Buffer.from('%PDF-1.4\n% nothing in it\n');
	const { execution } = await upload(
		uploadWorkflow([
			{ type: 'image', binaryPropertyName: 'photo', detail: 'low' },
			{ type: 'imageUrl', url: 'https://example.com/cat.jpg' },
			{ type: 'file', binaryPropertyName: 'contract' },
		]),
		{
			photo: new File([PNG], 'dot.png', { type: 'image/png' }),
			contract: new File([pdf], 'contract.pdf', { type: 'application/pdf' }),
		},
	);
	expect(execution.data.resultData.error).toBeUndefined();
	expect(server.requests).toHaveLength(1);
	expect(server.lastRequest().body.messages).toEqual([
		{
			role: 'user',
			content: [
				{ type: 'text', text: 'What is this?' },
				{
					type: 'image_url',
					image_url: { url: `data:image/png;base64,${PNG.toString('base64')}`, detail: 'low' },
				},
				{ type: 'image_url', image_url: { url: 'https://example.com/cat.jpg' } },
				{
					type: 'file',
					file: {
						file_data: `data:application/pdf;base64,${pdf.toString('base64')}`,
						filename: 'contract.pdf',
					},
				},
			],
		},
	]);
	figure(`received by the API: ${JSON.stringify(server.lastRequest().body.messages)}`);
});

test('a document of 60 MB is refused before anything is sent', async () => {
	const { status, execution } = await upload(uploadWorkflow([{ type: 'file', binaryPropertyName: 'scan' }]), {
		scan: new File([Buffer.alloc(60 * MB, '%PDF-1.4 ')], 'scan.pdf', { type: 'application/pdf' }),
	});
	expect(status).toBe(500);
	expect(execution.status).toBe('error');
	const { message, description } = errorIn(execution);
	expect(message).toBe('"scan.pdf" has 60 MB, but the API takes at most 50 MB');
	expect(description).toMatch(/^Item 0, Messages, message 1, attachment 1, Binary Field: /);
	expect(server.requests).toEqual([]);
	figure(`60 MB: "${message}" / "${description}"`);
});

test('a picture of 50 MB, the most that is taken, arrives at the API whole', async () => {
	const bytes = Buffer.alloc(50 * MB, PNG);
	const { execution } = await upload(uploadWorkflow([{ type: 'image', binaryPropertyName: 'photo' }]), {
		photo: new File([bytes], 'poster.png', { type: 'image/png' }),
	});
	expect(execution.data.resultData.error).toBeUndefined();
	const { url } = server.lastRequest().body.messages[0].content[1].image_url as { url: string };
	const [head, data] = url.split(',') as [string, string];
	expect(head).toBe('data:image/png;base64');
	// toEqual would print both.
	expect(Buffer.from(data, 'base64').equals(bytes)).toBe(true);
	const { executionTime } = nodeRun(execution);
	figure(`50 MB picture: request of ${server.lastRequest().rawBody.length} bytes, node ${executionTime} ms`);
});
