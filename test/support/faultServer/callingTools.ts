import { ok, type Behaviour, type Completion, type RecordedRequest } from './behaviours';

/** A call as the model makes it: the tool's name, and its arguments or a text in their place. */
export type ModelCall = [name: string, given: object | string];

/** A completion that calls tools; of the completion, `text` is said besides. */
export function callingTools(calls: ModelCall[], { text, ...completion }: Completion = {}): Behaviour {
	const tool_calls = calls.map(([name, given], index) => ({
		id: `call_${index + 1}`,
		type: 'function' as const,
		function: { name, arguments: typeof given === 'string' ? given : JSON.stringify(given) },
	}));
	const message = { role: 'assistant', content: text ?? null, tool_calls };
	return ok({
		...completion,
		body: { choices: [{ index: 0, finish_reason: 'tool_calls', message }], ...completion.body },
	});
}

/** The messages of a request as "role: text", with calls as name(arguments). What a test shows as its message log. */
export function messageLog({ body }: RecordedRequest): string[] {
	const messages = body.messages as Array<{
		role: string;
		content: string | null;
		tool_calls?: Array<{ function: { name: string; arguments: string } }>;
	}>;
	return messages.map(({ role, content, tool_calls: calls = [] }) => {
		const called = calls.map(({ function: { name, arguments: given } }) => `${name}(${given})`);
		return `${role}: ${[content, ...called].filter(Boolean).join(' ')}`;
	});
}
