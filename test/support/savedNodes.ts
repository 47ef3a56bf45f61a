import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { IDataObject, INodeExecutionData, INodeParameters } from 'n8n-workflow';
import {
	json,
	ok,
	startFaultServer,
	type Behaviour,
	type FaultServer,
	type ModelEntry,
	type RecordedRequest,
} from './faultServer';
import { textCompletion } from './textCompletion';

/** A node as an earlier version saved it, what it sent, and what later nodes of a workflow read. Never changed. */
export interface SavedNode {
	typeVersion: number;
	parameters: INodeParameters;
	/** One with a question unless given. */
	items?: INodeExecutionData[];
	/** What the server answers: the text of a chat, */
	replyText?: string;
	/** fields of the JSON that it sends, */
	reply?: Record<string, unknown>;
	/** or the models that it has. */
	models?: ModelEntry[];
	/** The first request; a list of models takes none with a body. */
	sends?: IDataObject;
	/** Times are 0. */
	gives: IDataObject[];
}

const FOLDER = join(__dirname, '../nodes/saved');

/** By file. */
export function readSavedNodes(): Array<[file: string, node: SavedNode]> {
	return readdirSync(FOLDER).map((file) => [
		file,
		JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as SavedNode,
	]);
}

/** The server that a node was saved with. */
export async function startServerOf(node: SavedNode): Promise<FaultServer> {
	return await startFaultServer({ models: node.models, behave: (request) => answerOf(node, request) });
}

function answerOf({ replyText, reply }: SavedNode, request: RecordedRequest): Behaviour {
	if (request.path.endsWith('/chat/completions')) return ok({ text: replyText, body: reply });
	return request.path.endsWith('/completions') ? textCompletion(request) : json(200, reply);
}
