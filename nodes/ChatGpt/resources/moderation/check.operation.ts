import { updateDisplayOptions, type INodeProperties } from 'n8n-workflow';
import { pictureUrlField } from '../../../../host/parameters/pictureUrlField';
import { callOptions } from '../../../../host/parameters/callOptions';
import { modelChoice } from '../../../../host/parameters/modelFields';
import { optionsField, pickOptions } from '../../../../host/parameters/pickOptions';
import { basicCallOptions } from '../../../../host/parameters/basicCallOptions';

const imageFields: INodeProperties[] = [
	{
		displayName: 'Type',
		name: 'type',
		type: 'options',
		options: [
			{ name: 'By URL', value: 'imageUrl', description: 'A picture that the provider fetches itself' },
			{ name: 'From Binary Field', value: 'image', description: 'A picture: PNG, JPEG, WebP or GIF' },
		],
		default: 'image',
	},
	{
		displayName: 'Binary Field',
		name: 'binaryPropertyName',
		type: 'string',
		default: 'data',
		placeholder: 'e.g. data',
		description: 'The name of the field of the input item that holds the picture',
		hint: 'As it is named on the Binary tab of the input',
		displayOptions: { show: { type: ['image'] } },
	},
	pictureUrlField,
];

export const description: INodeProperties[] = updateDisplayOptions(
	{ show: { resource: ['moderation'], operation: ['check'] } },
	[
		modelChoice({
			name: 'moderationModel',
			model: 'omni-moderation-latest',
			searchListMethod: 'searchModerationModels',
			description: 'The model that judges. Using it is free at OpenAI.',
		}),
		{
			displayName: 'Text',
			name: 'text',
			type: 'string',
			typeOptions: { rows: 4 },
			default: '',
			placeholder: 'e.g. {{ $json.comment }}',
			description: 'What to check. Leave empty to check images only.',
		},
		{
			displayName: 'Images',
			name: 'images',
			type: 'fixedCollection',
			typeOptions: { multipleValues: true },
			placeholder: 'Add Image',
			default: {},
			description:
				'Pictures to check along with the text. Each takes a request of its own, because the API takes one at a time; the item tells what was found in any of them.',
			options: [{ displayName: 'Image', name: 'values', values: imageFields }],
		},
		optionsField([...basicCallOptions, ...pickOptions(callOptions, ['tokensPerMinute'])]),
	],
);
