/**
 * What servers were reported to send, byte for byte, and what the client makes of it. Each case in `servers/` names its
 * source, and stands for a kind; how one is written is in `docs/contributing/testing.md`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import {
	ApiFailure,
	createClient,
	createTransport,
	wholeText,
	type CallOptions,
	type ChatResult,
	type ConnectionSettings,
} from '../../client';
import { failureText } from '../../host/failureTexts';
import { differences } from '../support/differences';
import { recordingClock } from '../support/recordingClock';
import { startReplayServer, type ReplayAnswer } from '../support/replayServer';

type Method = 'chat' | 'complete' | 'listModels' | 'getModel';

/** A case: the call, the answers of the server, and what must come of it. */
interface Case {
	kind: string;
	call?: ReplayedCall;
	answers: ReplayAnswer[];
	expect: object;
}

interface ReplayedCall
	extends
		Partial<Omit<CallOptions, 'stream'>>,
		Pick<Partial<ConnectionSettings>, 'apiType' | 'apiKey' | 'baseUrl'> {
	method?: Method;
	/** Only the fields that matter; a model and a message are there unless given. */
	request?: object;
	stream?: boolean;
	/** Whether somebody reads along. */
	show?: boolean;
	/** Whether the text of the reply is what a text operation makes of it. */
	wholeText?: boolean;
}

const FOLDER = path.join(__dirname, 'servers');
const cases = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));

/** `{{now+5000}}` in a case is the time in five seconds, as a date in milliseconds. */
function readCase(file: string): Case {
	const text = readFileSync(path.join(FOLDER, file), 'utf8');
	return JSON.parse(text.replace(/\{\{now\+(\d+)\}\}/g, (_, ms) => String(Date.now() + Number(ms)))) as Case;
}

test.each(cases)('the case %s comes out right', async (file) => {
	const { call = {}, answers, expect: expected } = readCase(file);
	expect(differences(expected, await replay(call, answers))).toEqual([]);
});

async function replay(call: ReplayedCall, answers: ReplayAnswer[]): Promise<object> {
	const server = await startReplayServer(answers);
	const clock = recordingClock();
	let shown = '';
	const begun = performance.now();
	let outcome: object;
	try {
		const client = createClient(settingsOf(call, server.origin), throughTo(server.origin), clock);
		const onText = (text: string) => {
			shown += text;
		};
		const result = await request(client, call, optionsOf(call, onText));
		const text = call.wholeText && { wholeText: wholeText(result as ChatResult) };
		outcome = { reply: { ...asJson(result), ...text } };
	} catch (error) {
		if (!(error instanceof ApiFailure)) throw error;
		const { kind, message, details } = error;
		outcome = {
			error: asJson({ kind, message, details }),
			text: Object.values(failureText(error)).join(' → '),
		};
	} finally {
		server.close();
	}
	return {
		...outcome,
		shown,
		elapsedMs: performance.now() - begun,
		requests: server.requests.length,
		waitedMs: clock.waits.reduce((sum, ms) => sum + ms, 0),
		sent: server.requests,
	};
}

const asJson = (value: unknown) => JSON.parse(JSON.stringify(value)) as Record<string, unknown>;

/** With an address of its own, the client believes it speaks to that one, but the replay answers. */
function throughTo(origin: string): ReturnType<typeof createTransport> {
	const transport = createTransport();
	return {
		...transport,
		send: (request) =>
			transport.send({ ...request, url: new URL(request.url.pathname + request.url.search, origin) }),
	};
}

function settingsOf({ apiType = 'openai', apiKey, baseUrl }: ReplayedCall, origin: string) {
	return {
		apiType,
		apiKey: apiKey ?? 'sk-test-Abc123Def456Ghi789',
		baseUrl: baseUrl ?? `${origin}/v1`,
		...(apiType === 'azure' && {
			deploymentUrl: `${origin}/openai/deployments/d`,
			apiVersion: '2024-10-21',
		}),
	} as ConnectionSettings;
}

function optionsOf({ stream, show, ...call }: ReplayedCall, onText: (text: string) => void) {
	return {
		maxRetries: 2,
		maxWaitMs: 120_000,
		timeoutMs: 5000,
		...call,
		...(stream && { stream: show ? { onText } : {} }),
	};
}

function request(
	client: ReturnType<typeof createClient>,
	{ method = 'chat', request }: ReplayedCall,
	options: CallOptions,
): Promise<unknown> {
	const messages = [{ role: 'user' as const, content: 'Hi' }];
	switch (method) {
		case 'chat':
			return client.completeChat({ model: 'm', messages, ...request }, options);
		case 'complete':
			return client.complete({ model: 'm', prompt: 'Hi', ...request }, options);
		case 'listModels':
			return client.listModels(options);
		case 'getModel':
			return client.getModel('m', options);
	}
}
