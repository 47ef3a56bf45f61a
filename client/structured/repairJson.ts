import type { Choice } from '../endpoints/chat/response';
import type { ChatMessage, ChatRequest } from '../core/requests';
import { ApiFailure, CallError, type Attempt } from '../core/errors';
import { mentioningJson, schemaInWords } from './jsonInstruction';
import { jsonFormatIn, type JsonFormat } from './jsonFormat';
import { readJsonReply, type JsonReading, type JsonRepair } from './jsonReply';
import { isObject, mismatch } from './jsonSchema';
import { Tally, type Counted } from '../core/tally';
import { declined } from '../core/completeText';

export interface JsonOptions {
	/** How often the model is asked again about a reply that is not what it should be; 0 never. */
	repairAttempts: number;
	/** Looks at what was read before it is checked against the schema. */
	tidy?: NormalizeReply;
}

/**
 * Puts small deviations right, and says so in `note`; or says what is wrong with a reply in words that are better than
 * those of a schema. Of a reply that is no JSON it is given the text. A problem continues a sentence, and `code` tells it from others.
 */
export type NormalizeReply = (value: unknown) => { value: unknown; note?: string } | { problem: string; code: string };

/** What is read of a reply, and added to it. */
interface Answer extends Counted {
	choices: [Choice, ...Choice[]];
}

const FEATURE = 'response_format';

const MENDED: Record<JsonRepair, string> = {
	'taken out': 'The reply had code fences or words around its JSON, which were left out.',
	repaired: 'The reply was not valid JSON. Its mistakes were mended, so check its values.',
};

/**
 * Asks for a reply in the JSON format of the request, and checks it. About a reply that is none, or not as the schema
 * says, the model is asked again: it sees its reply and what is wrong with it.
 *
 * @param ask sends a request.
 * @returns the last reply, with `json` in each choice, the usage of all replies, and each reply that could not be used
 * as a failed attempt. Of several choices, those that stay without JSON are left out, and a warning says so. A choice
 * that calls tools instead of answering has no `json`.
 * @throws {ApiFailure} `invalid_json`, `cut_off` or `declined` when no choice has JSON; what `ask` throws. Whatever is
 * `CallError` has all attempts, and the usage that was paid for.
 */
export async function completeJson<T extends Answer>(
	ask: (request: ChatRequest) => Promise<T>,
	given: ChatRequest,
	{ repairAttempts, tidy }: JsonOptions,
): Promise<T> {
	const format = jsonFormatIn(given);
	if (!format) return await ask(given);
	const request = mentioningJson(given);
	const tally = new Tally(ask);

	/** Asks until the choice has JSON. */
	const settle = async (first: Choice, firstAnswer: T) => {
		let choice = first;
		let answer = firstAnswer;
		for (let left = repairAttempts; ; left--) {
			const reading = readChoice(choice, format, tidy);
			if (reading instanceof ApiFailure) {
				// What is said besides a call of tools need not be JSON: the reply comes after their results.
				if (choice.toolMessage) return { choice, answer };
				const attempt: Attempt = { status: 200, code: reading.details.code };
				if (left <= 0 || reading.kind !== 'invalid_json') {
					reading.attempts = [attempt];
					throw tally.charge(reading);
				}
				tally.attempts.push({ ...attempt, waitedMs: 0 });
				tally.warn({ feature: FEATURE, message: `The model was asked again, because ${reading.message}.` });
				answer = await tally.ask(repairRequest(request, format, choice.text, reading.message));
				choice = answer.choices[0];
				continue;
			}
			if (reading.mended) tally.warn({ feature: FEATURE, message: MENDED[reading.mended] });
			if (reading.note) tally.warn({ feature: FEATURE, message: reading.note });
			return { choice: { ...choice, index: first.index, json: reading.value }, answer };
		}
	};

	if (request !== given) {
		tally.warn({
			feature: FEATURE,
			message: 'An instruction to reply in JSON was added, without which the API refuses.',
		});
	}
	const answer = await tally.ask(request);
	const settled: Array<{ choice: Choice; answer: T }> = [];
	let failure: CallError | undefined;
	for (const choice of answer.choices) {
		try {
			settled.push(await settle(choice, answer));
		} catch (error) {
			// The other choices are paid for.
			if (!(error instanceof CallError)) throw error;
			// The last one has the attempts and the usage of all of them.
			failure = error;
			tally.warn({ feature: FEATURE, message: `A choice was left out, because ${error.message}.` });
		}
	}
	const [first, ...rest] = settled;
	if (!first) throw failure!;
	return {
		...(answer.choices.length === 1 ? first.answer : answer),
		choices: [first.choice, ...rest.map(({ choice }) => choice)],
		...tally.sum(),
	};
}

/** The JSON of a reply, or why there is none. Messages continue a sentence. */
function readChoice(
	choice: Choice,
	format: JsonFormat,
	tidy: NormalizeReply = (value) => ({ value }),
): { value: unknown; mended?: JsonRepair; note?: string } | ApiFailure {
	const refused = declined(choice);
	if (refused) return refused;
	const { text, finishReason } = choice;
	const reading = withBareValue(readJsonReply(text), text, tidy);
	// One that is complete all the same, such as before an explanation, is whole.
	if (finishReason === 'length' && ('problem' in reading || reading.mended === 'repaired')) {
		return new ApiFailure('length', 'the reply reached the limit of tokens', { code: 'LENGTH', text });
	}
	if ('problem' in reading)
		return new ApiFailure('invalid_json', reading.problem, { code: 'INVALID_JSON', text });
	const tidied = tidy(reading.value);
	if ('problem' in tidied) {
		return new ApiFailure('invalid_json', tidied.problem, { code: tidied.code, text });
	}
	const wrong = whatIsWrong(tidied.value, format);
	return wrong
		? new ApiFailure('invalid_json', wrong, { code: 'SCHEMA_MISMATCH', text })
		: { ...reading, ...tidied };
}

/** A reply that is the one value asked for, without the object around it: models without JSON formats like to be short. */
function withBareValue(reading: JsonReading, text: string, tidy: NormalizeReply): JsonReading {
	if ('value' in reading) return reading;
	const tidied = tidy(text.trim());
	return 'value' in tidied && isObject(tidied.value) ? { value: text.trim() } : reading;
}

function whatIsWrong(value: unknown, format: JsonFormat): string | undefined {
	if (format.type === 'json_object') return isObject(value) ? undefined : 'the reply is no JSON object';
	const wrong = mismatch(value, format.json_schema.schema);
	return wrong && `the reply does not follow the JSON Schema (${wrong})`;
}

function repairRequest(
	request: ChatRequest,
	format: JsonFormat,
	reply: string,
	problem: string,
): ChatRequest {
	const { n, ...rest } = request;
	// Servers refuse an empty message.
	const said: ChatMessage[] = reply.trim() ? [{ role: 'assistant', content: reply }] : [];
	const correction =
		`Your reply cannot be used: ${problem}. Reply again with the whole corrected JSON object and nothing else: ` +
		`no explanation and no code fences.${schemaInWords(format)}`;
	// One reply, for one of the choices.
	return {
		...rest,
		...(n !== undefined && { n: 1 }),
		messages: [...request.messages, ...said, { role: 'user', content: correction }],
	};
}
