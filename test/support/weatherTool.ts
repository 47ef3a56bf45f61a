import type { CallableTool } from '../../client/core/toolCall';

/** Tells the weather of a city: the sun shines everywhere. */
export const weatherTool: CallableTool = {
	name: 'weather',
	description: 'Tells the weather',
	parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
	call: ({ city }) => Promise.resolve(`Sunny in ${String(city)}`),
};

/** A call of the tool, as `callingTools` takes it. */
export const inCity = (city: string): [string, object] => [weatherTool.name, { city }];
