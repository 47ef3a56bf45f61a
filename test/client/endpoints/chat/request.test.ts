import type { ChatMessage } from '../../../../client/core/requests';
import { tokenBytes } from '../../../../client/endpoints/chat/request';
import { connect, options } from '../../../support/clientCalls';
import { ok } from '../../../support/faultServer';
import { recordingClock } from '../../../support/recordingClock';
import { useFaultServer } from '../../../support/useFaultServer';

const server = useFaultServer();

const base64 = Buffer.alloc(300_000).toString('base64');
const ATTACHMENTS = {
	picture: { type: 'image_url', image_url: { url: `data:image/png;base64,${base64}` } },
	recording: { type: 'input_audio', input_audio: { data: base64, format: 'wav' } },
	document: { type: 'file', file: { file_data: `data:application/pdf;base64,${base64}`, filename: 'a.pdf' } },
	'picture by URL': { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
	'file by ID': { type: 'file', file: { file_id: 'file-abc' } },
	'part of an unknown type': { type: 'video', video: null },
	'picture that is none': { type: 'image_url', image_url: null },
} as const;

const question = (...parts: unknown[]) => ({
	model: 'gpt-4o',
	messages: [{ role: 'user', content: parts } as ChatMessage],
});
const bytesOf = (request: ReturnType<typeof question>) => tokenBytes(request, JSON.stringify(request));

describe('the size of a request, as far as tokens go', () => {
	test('a request that is all text counts by the bytes of its body', () => {
		const request = { model: 'm', messages: [{ role: 'user', content: 'Grüße' }] };
		const body = JSON.stringify(request);
		expect(tokenBytes(request, body)).toBe(body.length + 2);
	});

	test('a part that is text counts in full', () => {
		const request = question({ type: 'text', text: 'a'.repeat(5000) });
		expect(bytesOf(request)).toBe(JSON.stringify(request).length);
	});

	test.each(Object.entries(ATTACHMENTS))('a %s counts like a page of text', (_, attachment) => {
		const text = { type: 'text', text: 'What is this?' };
		const more = bytesOf(question(text, attachment)) - bytesOf(question(text));
		expect(more).toBeGreaterThan(3000);
		expect(more).toBeLessThan(4000);
	});
});

test('large pictures do not use up the tokens allowed per minute', async () => {
	server.behave(() => ok({ usage: { total_tokens: 1000 } }));
	const clock = recordingClock({ startAt: Date.UTC(2026, 0, 1) });
	const started = clock.now();
	const client = connect(server, { clock });
	for (let count = 0; count < 3; count++) {
		await client.completeChat(question(ATTACHMENTS.picture), options({ tokensPerMinute: 100_000 }));
	}
	// As text, each would be 110,000 tokens and a minute.
	expect(clock.now() - started).toBeLessThan(5000);
});
