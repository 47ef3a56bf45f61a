import type { IDataObject } from 'n8n-workflow';
import type { Model } from '../../../../client';

/** What is said of a model in the output. */
export function modelFields(
	{ id, created, ownedBy, shutdownDate, raw }: Model,
	simplify: boolean,
): IDataObject {
	if (!simplify) return raw as IDataObject;
	const date = created === undefined ? undefined : isoDate(created);
	return {
		id,
		...(date && { created: date }),
		...(ownedBy && { ownedBy }),
		...(shutdownDate && { shutdownDate }),
	};
}

/** @returns undefined for a number that is no time. */
function isoDate(seconds: number): string | undefined {
	const date = new Date(seconds * 1000);
	return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
