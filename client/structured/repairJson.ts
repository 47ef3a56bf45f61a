import type { BaseCall } from '../core/call';
import { refusalFailure } from '../core/wholeText';
import { ApiFailure, CallError, isTotalTimeout } from '../core/errors';
import { isObject } from '../core/json';
import type { ChatReply, Choice } from '../core/reply';
import type { ChatMessage, ModelRequest } from '../core/requests';
import type { Next } from '../core/step';
import { jsonFormatIn, type JsonFormat } from './jsonFormat';
import { mentioningJson, schemaInWords } from './jsonInstruction';
import { readJsonReply, type JsonReading, type JsonRepair } from './jsonReply';
import { mismatch } from './mismatch';

export interface JsonOptions {
	/** How often the model is asked again about a reply that is not what it should be; 0 never. */
	repairAttempts: number;
	/** Looks at what was read before it is checked against the schema. */
	normalizeReply?: NormalizeReply;
}

/**
 * Called with the JSON of a reply, or with its text when it is no JSON. Returns the value with small deviations put
 * right, and in `note` a sentence on each; or what is wrong with the reply, in words that are better than those of a
 * schema and follow "The model was asked again, because", with a `code` that tells it from other problems.
 */
export type NormalizeReply = (
	value: unknown,
) => { value: unknown; note?: string } | { problem: string; code: string };

/** What reading replies as JSON needs of a call. */
export interface JsonCall extends BaseCall {
	/** Reads and checks the reply to a chat request for JSON, whose choices then have `json`. */
	json?: JsonOptions;
}

/** What is needed to ask again about one of the choices of a reply. */
interface Repair<R, C> {
	request: R;
	format: JsonFormat;
	call: C;
	options: JsonOptions;
	next: Next<R, ChatReply, C>;
}

const FEATURE = 'response_format';

const WARNINGS: Record<JsonRepair, string> = {
	extracted: 'The reply had code fences or words around its JSON, which were left out.',
	mended: 'The reply was not valid JSON. Its mistakes were mended, so check its values.',
};

/**
 * The layer that reads a reply as the JSON that the request asks for, and checks it. About a reply that is none, or not
 * as the schema says, the model is asked again: it sees its reply and what is wrong with it. Each reply that cannot be
 * used is an attempt in the log.
 *
 * @returns the last reply, with `json` in each choice. Of several choices, those that stay without JSON are left out, and
 * a warning says so. A choice that calls tools instead of answering has no `json`.
 * @throws {ApiFailure} `invalid_json`, `cut_off` or `declined` when no choice has JSON; what `next` throws.
 */
export async function repairJson<R extends ModelRequest, C extends JsonCall>(
	given: R,
	call: C,
	next: Next<R, ChatReply, C>,
): Promise<ChatReply> {
	const format = call.json && jsonFormatIn(given);
	if (!call.json || !format) return await next(given, call);
	const { log, json: options } = call;
	const request = mentioningJson(given);
	if (request !== given) {
		log.warn({
			feature: FEATURE,
			message: 'An instruction to reply in JSON was added, without which the API refuses.',
		});
	}
	const reply = await askForJson(request, { request, format, call, options, next });
	const settled: ChatReply[] = [];
	let failure: CallError | undefined;
	for (const choice of reply.choices) {
		try {
			settled.push(await askUntilJson(reply, choice, { request, format, call, options, next }));
		} catch (error) {
			// The other choices are paid for.
			if (!(error instanceof CallError)) throw error;
			// When the time of the call is over, the first of its failures has what came by then.
			if (!(isTotalTimeout(error) && isTotalTimeout(failure))) failure = error;
			log.warn({ feature: FEATURE, message: `A choice was left out, because ${error.message}.` });
		}
	}
	const [first, ...rest] = settled;
	if (!first) {
		if (failure instanceof UnusableReply) log.addUnusableReply(failure.details.code);
		throw failure!;
	}
	const choices: ChatReply['choices'] = [first.choices[0], ...rest.map((other) => other.choices[0])];
	return { ...(reply.choices.length === 1 ? first : reply), choices };
}

/** Groq rejects what its model wrote in JSON mode itself, with the text in the answer; the model is asked again about it. */
async function askForJson<R extends ModelRequest, C extends JsonCall>(
	toSend: R,
	{ request, format, call, options, next }: Repair<R, C>,
): Promise<ChatReply> {
	let asked = toSend;
	for (let left = options.repairAttempts; ; left--) {
		try {
			return await next(asked, call);
		} catch (error) {
			if (!(error instanceof ApiFailure) || error.kind !== 'invalid_json' || left <= 0) throw error;
			call.log.addWait(0);
			const problem = 'the server found no valid JSON in it';
			call.log.warn({ feature: FEATURE, message: `The model was asked again, because ${problem}.` });
			asked = repairRequest(request, format, error.details.text ?? '', problem);
		}
	}
}

/** A reply that came and was read, but is not what was asked for. */
class UnusableReply extends ApiFailure {}

/** Asks about a choice until it has JSON. Returns the reply that it came with, as its only choice. */
async function askUntilJson<R extends ModelRequest, C extends JsonCall>(
	firstReply: ChatReply,
	firstChoice: Choice,
	{ request, format, call, options, next }: Repair<R, C>,
): Promise<ChatReply> {
	const { log } = call;
	const { repairAttempts, normalizeReply } = options;
	let [reply, choice] = [firstReply, firstChoice];
	for (let left = repairAttempts; ; left--) {
		const reading = readJsonChoice(choice, format, normalizeReply);
		if (!(reading instanceof UnusableReply)) {
			if (reading.repair) log.warn({ feature: FEATURE, message: WARNINGS[reading.repair] });
			if (reading.note) log.warn({ feature: FEATURE, message: reading.note });
			return { ...reply, choices: [{ ...choice, index: firstChoice.index, json: reading.value }] };
		}
		// What is said besides a call of tools need not be JSON: the reply comes after their results.
		if (choice.toolMessage) return { ...reply, choices: [choice] };
		if (left <= 0 || reading.kind !== 'invalid_json') throw reading;
		log.addUnusableReply(reading.details.code);
		log.addWait(0);
		log.warn({ feature: FEATURE, message: `The model was asked again, because ${reading.message}.` });
		reply = await next(repairRequest(request, format, choice.text, reading.message), call);
		choice = reply.choices[0];
	}
}

/** The JSON of a reply, or why there is none, in words that follow "because". */
function readJsonChoice(
	choice: Choice,
	format: JsonFormat,
	normalizeReply: NormalizeReply = (value) => ({ value }),
): { value: unknown; repair?: JsonRepair; note?: string } | UnusableReply {
	const refusal = refusalFailure(choice);
	if (refusal) return new UnusableReply(refusal.kind, refusal.message, refusal.details);
	const { text, finishReason } = choice;
	const reading = withBareValue(readJsonReply(text), text, normalizeReply);
	// One that is complete all the same, such as before an explanation, is whole.
	if (finishReason === 'length' && ('problem' in reading || reading.repair === 'mended')) {
		return new UnusableReply('cut_off', 'the reply reached the limit of tokens', { code: 'LENGTH', text });
	}
	if ('problem' in reading)
		return new UnusableReply('invalid_json', reading.problem, { code: 'INVALID_JSON', text });
	const normalized = normalizeReply(reading.value);
	if ('problem' in normalized) {
		return new UnusableReply('invalid_json', normalized.problem, { code: normalized.code, text });
	}
	const wrong = whatIsWrong(normalized.value, format);
	return wrong
		? new UnusableReply('invalid_json', wrong, { code: 'SCHEMA_MISMATCH', text })
		: { ...reading, ...normalized };
}

/** A reply that is the one value asked for, without the object around it: models without JSON formats like to be short. */
function withBareValue(reading: JsonReading, text: string, normalizeReply: NormalizeReply): JsonReading {
	if ('value' in reading) return reading;
	const normalized = normalizeReply(text.trim());
	return 'value' in normalized && isObject(normalized.value) ? { value: text.trim() } : reading;
}

function whatIsWrong(value: unknown, format: JsonFormat): string | undefined {
	if (format.type === 'json_object') return isObject(value) ? undefined : 'the reply is no JSON object';
	const wrong = mismatch(value, format.json_schema.schema);
	return wrong && `the reply does not follow the JSON Schema (${wrong})`;
}

function repairRequest<R extends ModelRequest>(
	request: R,
	format: JsonFormat,
	reply: string,
	problem: string,
): R {
	// Servers reject an empty message.
	const said: ChatMessage[] = reply.trim() ? [{ role: 'assistant', content: reply }] : [];
	const correction =
		`Your reply cannot be used: ${problem}. Reply again with the whole corrected JSON object and nothing else: ` +
		`no explanation and no code fences.${schemaInWords(format)}`;
	return {
		...request,
		// One reply, for one of the choices.
		...(request.n !== undefined && { n: 1 }),
		messages: [...(request.messages ?? []), ...said, { role: 'user', content: correction }],
	};
}
