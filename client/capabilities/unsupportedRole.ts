import type { ModelRequest } from '../endpoints/endpoint';
import type { ApiFailure } from '../core/errors';
import type { UnsupportedFeature } from './unsupportedFeatures';

/**
 * The role of a message that a model refuses, in OpenAI's words: "Unsupported value: 'messages[0].role' does not support
 * 'system' with this model." Models take one of two roles for instructions; the first two reasoning models take neither.
 *
 * @param avoided the refusals by their ids that led to this request.
 */
export function unsupportedRole(
	{ message, details: { param } }: ApiFailure,
	{ model }: ModelRequest,
	avoided: ReadonlySet<string>,
): UnsupportedFeature | undefined {
	if (!/messages\[\d+\]\.role/.test(`${param} ${message}`)) return undefined;
	const role = /does not support '(system|developer)'/.exec(message)?.[1];
	if (!role) return undefined;
	const other = role === 'system' ? 'developer' : 'system';
	const instead = avoided.has(idOf(other)) ? 'user' : other;
	return {
		id: idOf(role),
		concerns: ({ messages = [] }) => messages.some((one) => one.role === role),
		avoid: (request) => ({
			...request,
			messages: request.messages?.map((one) => (one.role === role ? { ...one, role: instead } : one)),
		}),
		warning: {
			feature: 'messages',
			message: `The role ${role} was sent as ${instead}, because ${model} does not take it.`,
		},
	};
}

function idOf(role: string): string {
	return `role ${role}`;
}
