import { isObject, type JsonSchema } from '../core/json';
import type { ModelRequest } from '../core/requests';

/** The parameter `response_format` that asks for JSON (openai 7.55, `shared.d.ts`). */
export type JsonFormat = { type: 'json_object' } | { type: 'json_schema'; json_schema: NamedSchema };

export interface NamedSchema {
	/** At most 64 letters, digits, _ and -. */
	name: string;
	/** What the reply is for; helps the model. */
	description?: string;
	/** Whether the API has to keep to the schema, which it can for a part of JSON Schema only. */
	strict: boolean;
	schema: JsonSchema;
}

/** The format a request asks for, as far as it is JSON. */
export function jsonFormatIn(request: ModelRequest): JsonFormat | undefined {
	const { response_format: format } = request;
	const isJson = isObject(format) && (format.type === 'json_schema' || format.type === 'json_object');
	return isJson ? (format as JsonFormat) : undefined;
}
