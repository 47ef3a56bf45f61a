import type { ModelRequest } from '../core/requests';
import type { ApiFailure } from '../core/errors';
import type { UnsupportedFeature } from './unsupportedFeature';

/**
 * The role of a message that a model does not take, in OpenAI's words: "Unsupported value: 'messages[0].role' does not support
 * 'system' with this model." Models take one of two roles for instructions; the first two reasoning models take neither.
 *
 * @param dropped what led to this request, by its ids.
 */
export function unsupportedRole(
	{ message, details: { param } }: ApiFailure,
	{ model }: ModelRequest,
	dropped: ReadonlyMap<string, unknown>,
): UnsupportedFeature | undefined {
	if (!/messages\[\d+\]\.role/.test(`${param} ${message}`)) return undefined;
	const role = /does not support '(system|developer)'/.exec(message)?.[1];
	if (!role) return undefined;
	const other = role === 'system' ? 'developer' : 'system';
	const instead = dropped.has(idOf(other)) ? 'user' : other;
	return {
		id: idOf(role),
		isIn: ({ messages = [] }) => messages.some((one) => one.role === role),
		drop: (request) => ({
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
