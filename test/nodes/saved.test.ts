import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { runChatGpt } from '../support/chatGptRun';
import { ok, startFaultServer, type FaultServer } from '../support/faultServer';
import { textCompletion } from '../support/textCompletion';

/** A node as an earlier version saved it, what it sent, and what later nodes of a workflow read. Never changed. */
interface SavedNode {
	parameters: INodeParameters;
	/** Of the server, to a chat. */
	replyText?: string;
	sends: IDataObject;
	gives: IDataObject[];
}

const folder = join(__dirname, 'saved');
const saved = readdirSync(folder).map((file) => [file, read(file)] as const);

let server: FaultServer;
beforeEach(async () => {
	server = await startFaultServer();
});
afterEach(() => server.close());

test.each(saved)(
	'what was saved as %s does what it did',
	async (_, { parameters, replyText, sends, gives }) => {
		server.behave((request) =>
			request.path.endsWith('/chat/completions') ? ok({ text: replyText }) : textCompletion(request),
		);
		const { output, error } = await runChatGpt(server, { parameters });
		expect(error).toBeUndefined();
		expect(server.requests[0]!.body).toMatchObject(sends);
		expect(output('ChatGPT').map(({ json }) => json)).toMatchObject(gives);
	},
);

function read(file: string): SavedNode {
	return JSON.parse(readFileSync(join(folder, file), 'utf8')) as SavedNode;
}
