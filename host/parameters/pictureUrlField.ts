import type { INodeProperties } from 'n8n-workflow';

/** The field of a picture that the provider fetches; beside a field Type with the value imageUrl. */
export const pictureUrlField: INodeProperties = {
	displayName: 'URL',
	name: 'url',
	type: 'string',
	default: '',
	placeholder: 'e.g. https://example.com/photo.jpg',
	description: 'The address of the picture; the provider must be able to reach it',
	displayOptions: { show: { type: ['imageUrl'] } },
};
