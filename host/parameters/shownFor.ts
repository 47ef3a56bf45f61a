import type { INodeProperties } from 'n8n-workflow';

type Condition = NonNullable<NonNullable<INodeProperties['displayOptions']>['show']>;

/** The fields, shown for some operations of a resource; what decides on a field besides stays. */
export function shownFor(
	resource: string,
	operation: string[],
	fields: INodeProperties[],
): INodeProperties[] {
	return shownWhen({ resource: [resource], operation }, fields);
}

/** The fields, shown when others have the values given; what decides on a field besides stays. */
export function shownWhen(condition: Condition, fields: INodeProperties[]): INodeProperties[] {
	return fields.map((field) => ({
		...field,
		displayOptions: { ...field.displayOptions, show: { ...condition, ...field.displayOptions?.show } },
	}));
}
