import fc from 'fast-check';
import { ApiFailure } from '../../../../client/core/errors';
import { readModelList } from '../../../../client/endpoints/models/response';

const idsOf = (models: unknown) => readModelList(models).map(({ id }) => id);
const list = (...data: unknown[]) => ({ object: 'list', data });

test('models that can chat come first, each group newest first, then by name', () => {
	const models = list(
		{ id: 'whisper-1', created: 50 },
		{ id: 'gpt-b', created: 10 },
		{ id: 'gpt-a', created: 10 },
		{ id: 'dall-e-3', created: 60 },
		{ id: 'gpt-new', created: 20 },
		{ id: 'of-unknown-age' },
	);
	expect(idsOf(models)).toEqual(['gpt-new', 'gpt-a', 'gpt-b', 'of-unknown-age', 'dall-e-3', 'whisper-1']);
});

test.each([
	'text-embedding-3-small',
	'text-embedding-ada-002',
	'whisper-1',
	'gpt-4o-transcribe',
	'gpt-4o-transcribe-diarize',
	'tts-1-hd',
	'gpt-4o-mini-tts-2025-12-15',
	'dall-e-3',
	'gpt-image-1.5',
	'chatgpt-image-latest',
	'omni-moderation-latest',
	'gpt-realtime',
	'gpt-4o-realtime-preview',
	'sora-2',
	'davinci-002',
	'babbage-002',
	'gpt-3.5-turbo-instruct',
	'computer-use-preview',
	'o3-deep-research',
	'gpt-5.1-codex-max',
	'rerank-v3.5',
])('%s comes after the chat models, however new it is', (id) => {
	expect(idsOf(list({ id, created: 9e9 }, { id: 'gpt-4o', created: 1 }))).toEqual(['gpt-4o', id]);
});

test.each([
	'gpt-6-astra',
	'gpt-5-chat-latest',
	'o4-mini',
	'chatgpt-4o-latest',
	'gpt-audio-mini',
	'gpt-4o-search-preview',
	'gpt-oss-120b',
	'mistral-7b-instruct',
	'meta-llama/Llama-3.3-70B-Instruct',
	'anything/else',
])('%s counts as a chat model', (id) => {
	expect(idsOf(list({ id: 'gpt-4o', created: 1 }, { id, created: 2 }))).toEqual([id, 'gpt-4o']);
});

test('what is known about a model is kept, what is not is absent', () => {
	const models = list(
		{ id: 'a', object: 'model', created: 3, owned_by: 'system', shutdown_date: '2027-01-31' },
		{ id: 'b', created: null, shutdown_date: null },
	);
	expect(readModelList(models)).toEqual([
		{ id: 'a', created: 3, ownedBy: 'system', shutdownDate: '2027-01-31', raw: models.data[0] },
		{ id: 'b', raw: models.data[1] },
	]);
});

test('a bare array, as Together AI sends it, is a list of models too', () => {
	expect(idsOf([{ id: 'a' }])).toEqual(['a']);
});

test('an empty list is a list of models', () => {
	expect(readModelList(list())).toEqual([]);
});

test.each([null, 'models', {}, { data: {} }, 'gpt'])('%j is not a list of models', (json) => {
	expect(() => readModelList(json)).toThrow(
		expect.objectContaining({
			kind: 'bad_reply',
			message: 'The reply is not a list of models',
		}) as ApiFailure,
	);
});

test('any JSON is a list of models or a failure', () => {
	const model = fc.oneof(fc.jsonValue(), fc.record({ id: fc.string(), created: fc.jsonValue() }));
	const near = fc.oneof(fc.jsonValue(), fc.array(model), fc.record({ data: fc.array(model) }));
	fc.assert(
		fc.property(near, (json) => {
			try {
				expect(Array.isArray(readModelList(json))).toBe(true);
			} catch (error) {
				expect(error).toBeInstanceOf(ApiFailure);
			}
		}),
	);
});

test('models without an ID are skipped, and odd fields are left out', () => {
	const odd = { id: 'a', created: '2024' };
	expect(readModelList([1, null, { name: 'no id' }, odd])).toEqual([{ id: 'a', raw: odd }]);
});
