import {
	json,
	mixedFaults,
	ok,
	startFaultServer,
	type Behaviour,
	type FaultServer,
	type RecordedRequest,
} from '../../test/support/faultServer';

/** An API that takes 200 to 600 ms to answer, spread evenly and the same for a question in every run. */
export async function startServer(faultRate: number): Promise<FaultServer> {
	return await startFaultServer({ behave: mixedFaults({ rate: faultRate, seed: 1, then: inTime }) });
}

export const latencyMs = (question: number) => 200 + ((question * 37) % 100) * 4.04;
export const replyTo = (question: number) => `Reply to: Question ${question}`;

function inTime({ path, rawBody }: RecordedRequest): Behaviour {
	const question = Number(/Question (\d+)/.exec(rawBody)?.[1]);
	const text = replyTo(question);
	const behaviour = path.endsWith('/responses') ? json(200, response(text)) : ok({ text });
	return { ...behaviour, latencyMs: latencyMs(question) } as Behaviour;
}

/** What `POST /responses` answers, which n8n's own nodes use (openai 7.55, `resources/responses/responses`). */
const response = (text: string) => ({
	id: 'resp_0123456789abcdef',
	object: 'response',
	created_at: 1793000000,
	status: 'completed',
	error: null,
	incomplete_details: null,
	model: 'gpt-4.1-mini',
	output: [
		{
			id: 'msg_0123456789abcdef',
			type: 'message',
			status: 'completed',
			role: 'assistant',
			content: [{ type: 'output_text', text, annotations: [] }],
		},
	],
	usage: {
		input_tokens: 10,
		input_tokens_details: { cached_tokens: 0 },
		output_tokens: 6,
		output_tokens_details: { reasoning_tokens: 0 },
		total_tokens: 16,
	},
});
