import type { INodeProperties } from 'n8n-workflow';

/** The fields, shown for some operations of a resource; what decides on a field besides stays. */
export function shownFor(
	resource: string,
	operation: string[],
	fields: INodeProperties[],
): INodeProperties[] {
	return fields.map((field) => ({
		...field,
		displayOptions: {
			...field.displayOptions,
			show: { resource: [resource], operation, ...field.displayOptions?.show },
		},
	}));
}
