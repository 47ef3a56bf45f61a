import type { ApiFailure } from '../core/errors';
import type { ModelRequest } from '../core/requests';
import { jsonFormatIn, type JsonFormat } from '../structured/jsonFormat';
import { withInstruction, withJsonObject } from '../structured/jsonInstruction';
import type { KnownUnsupported } from './unsupportedFeature';

/**
 * What to send to a server without structured outputs: any JSON object and the schema as an instruction; and if it does
 * not know that either, the instruction alone. The reply is checked in any case.
 */
export const unsupportedFormats: KnownUnsupported[] = [
	{
		id: 'response_format json_schema',
		isIn: (request) => canBeInWords(request, 'json_schema'),
		isShownBy: rejectsFormat,
		drop: withJsonObject,
		warning: {
			feature: 'response_format',
			message:
				'The server does not take a JSON Schema: it was asked for any JSON object, with the schema as an instruction.',
		},
	},
	{
		id: 'response_format json_object',
		isIn: (request) => canBeInWords(request, 'json_object'),
		isShownBy: rejectsFormat,
		drop(request) {
			const rest = withInstruction(request);
			delete rest.response_format;
			return rest;
		},
		warning: {
			feature: 'response_format',
			message: 'The server takes no response format: the model was only instructed to answer in JSON.',
		},
	},
];

/** Whether a format can be asked for in words instead: a prompt to be continued is no place for them. */
function canBeInWords(request: ModelRequest, type: JsonFormat['type']): boolean {
	return request.messages !== undefined && jsonFormatIn(request)?.type === type;
}

/** Servers word it differently; a schema that the server finds fault with is the user's to correct. */
function rejectsFormat({ kind, message, details: { param, code } }: ApiFailure): boolean {
	if (kind !== 'bad_request') return false;
	if (/invalid[ _](json[ _])?schema/i.test(`${message} ${code}`)) return false;
	return /response[_ ]format|json[_ ]schema|json[_ ]object|structured output/i.test(`${param} ${message}`);
}
