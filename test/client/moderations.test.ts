import { InvalidConnectionError } from '../../client/http/connection';
import { mergeModerations, readModerationReply } from '../../client/endpoints/moderations/response';
import { connect, failureOf, KEY, options } from '../support/clientCalls';
import * as faults from '../support/faultServer';
import { useFaultServer } from '../support/useFaultServer';

const { fail, json } = faults;

const body = {
	id: 'modr-1',
	model: 'omni-moderation-2024-09-26',
	results: [
		{
			flagged: true,
			categories: { 'hate/threatening': true, violence: false, illicit: null },
			category_scores: { 'hate/threatening': 0.9, violence: 0.1 },
			category_applied_input_types: { 'hate/threatening': ['text'], violence: ['text'] },
		},
	],
};
const request = { model: 'omni-moderation-latest', input: 'Hello' };

const server = useFaultServer({ behave: () => json(200, body) });

test('a moderation is asked for and read', async () => {
	const result = await connect(server).moderate([request], options());
	expect(result).toEqual({
		flagged: true,
		categories: { 'hate/threatening': true, violence: false, illicit: null },
		categoryScores: { 'hate/threatening': 0.9, violence: 0.1 },
		appliedInputTypes: { 'hate/threatening': ['text'], violence: ['text'] },
		id: 'modr-1',
		model: 'omni-moderation-2024-09-26',
		raw: body,
		latencyMs: expect.any(Number),
		failedAttempts: [],
		requestId: faults.requestIdOf(server.lastRequest()),
		warnings: [],
	});
	expect(server.requests[0]).toMatchObject({ method: 'POST', path: '/v1/moderations', body: request });
});

test.each([
	['a 429', fail({ status: 429, code: 'rate_limit_exceeded' })],
	['a 500', fail({ status: 500 })],
	['a reset', faults.resetBeforeHeaders()],
	['a chat completion', faults.ok()],
	['no results', json(200, { results: [] })],
	['a result that says nothing', json(200, { results: [{ categories: {} }] })],
])('a moderation that meets %s is tried again', async (_name, fault) => {
	server.behave(({ index }) => (index === 0 ? fault : json(200, body)));
	const result = await connect(server).moderate([request], options());
	expect(result).toMatchObject({ flagged: true, failedAttempts: [{}] });
});

test('a key rejected for a moderation is not in the failure', async () => {
	server.behave(() => faults.wrongKey());
	const failure = await failureOf(connect(server).moderate([request], options()));
	expect(failure.kind).toBe('refused_key');
	expect(JSON.stringify([failure.message, failure.details])).not.toContain(KEY);
});

test('a moderation at Azure fails before anything is sent, and takes no turn', async () => {
	const deploymentUrl = `${server.url}/openai/deployments/gpt`;
	const azure = connect(server, { apiType: 'azure', deploymentUrl });
	let turns = 0;
	const counting = options({ beforeSend: () => void turns++ });
	await expect(azure.moderate([request], counting)).rejects.toThrow(InvalidConnectionError);
	expect([server.requests, turns]).toEqual([[], 0]);
});

test('a picture to moderate counts as a page of text, not by its length', async () => {
	const input = [
		{ type: 'image_url' as const, image_url: { url: `data:image/png;base64,${'A'.repeat(4e6)}` } },
	];
	const client = connect(server);
	const limits = options({ tokensPerMinute: 3000 });
	await client.moderate([{ ...request, input }], limits);
	// Counted by its length, the first would keep it waiting for hours.
	const { latencyMs } = await client.moderate([{ ...request, input }], limits);
	expect(latencyMs).toBeLessThan(60_000);
	expect(server.requests).toHaveLength(2);
});

test('moderations of several parts become one that has all that was found', () => {
	const scored = (flagged: boolean, violence: number, sexual: number) =>
		readModerationReply({
			id: `modr-${violence}`,
			results: [
				{
					flagged,
					categories: { violence: flagged, sexual: false },
					category_scores: { violence, sexual },
					category_applied_input_types: { violence: flagged ? ['image'] : ['text'] },
				},
			],
		});
	const replies: Parameters<typeof mergeModerations>[0] = [scored(false, 0.1, 0.3), scored(true, 0.8, 0.2)];
	const before = structuredClone(replies);
	const merged = mergeModerations(replies);
	expect(merged).toMatchObject({
		flagged: true,
		categories: { violence: true, sexual: false },
		categoryScores: { violence: 0.8, sexual: 0.3 },
		appliedInputTypes: { violence: ['text', 'image'] },
		id: 'modr-0.1',
	});
	expect(merged.raw.results).toHaveLength(2);
	expect(replies).toEqual(before);
	// A server may answer each part by a result of its own.
	const results = replies.flatMap(({ raw }) => raw.results);
	expect(readModerationReply({ results })).toMatchObject({
		flagged: true,
		categoryScores: { violence: 0.8 },
	});
	expect(readModerationReply({ results }).raw).toEqual({ results });
});
