import type { INodeProperties } from 'n8n-workflow';
import { pictureUrlField } from '../../../../host/parameters/pictureUrlField';

/** What can be attached to a message, and the fields each kind needs. */
const attachmentFields: INodeProperties[] = [
	{
		displayName: 'Type',
		name: 'type',
		type: 'options',
		options: [
			{ name: 'Audio From Binary Field', value: 'audio', description: 'A recording, WAV or MP3' },
			{ name: 'File by ID', value: 'fileId', description: 'A file uploaded to the provider before' },
			{ name: 'File From Binary Field', value: 'file', description: 'A PDF document' },
			{ name: 'Image by URL', value: 'imageUrl', description: 'A picture that the provider fetches itself' },
			{ name: 'Image From Binary Field', value: 'image', description: 'A picture: PNG, JPEG, WebP or GIF' },
			{ name: 'Text', value: 'text', description: 'More text, between pictures and files or after them' },
		],
		default: 'image',
	},
	{
		displayName: 'Binary Field',
		name: 'binaryPropertyName',
		type: 'string',
		default: 'data',
		placeholder: 'e.g. data',
		description: 'The name of the field of the input item that holds the picture, recording or document',
		hint: 'As it is named on the Binary tab of the input',
		displayOptions: { show: { type: ['image', 'file', 'audio'] } },
	},
	pictureUrlField,
	{
		displayName: 'File ID',
		name: 'fileId',
		type: 'string',
		default: '',
		placeholder: 'e.g. file-abc123',
		description: 'The ID the provider gave the file when it was uploaded',
		displayOptions: { show: { type: ['fileId'] } },
	},
	{
		displayName: 'Text',
		name: 'text',
		type: 'string',
		typeOptions: { rows: 2 },
		default: '',
		placeholder: 'e.g. The second picture was taken a year later:',
		description: 'What stands between or after the pictures and files',
		displayOptions: { show: { type: ['text'] } },
	},
	{
		displayName: 'Detail',
		name: 'detail',
		type: 'options',
		options: [
			{ name: 'Auto', value: 'auto', description: 'The provider decides' },
			{ name: 'High', value: 'high', description: 'Small things are seen; costs more tokens' },
			{ name: 'Low', value: 'low', description: 'Cheap and fast' },
			{ name: 'Original', value: 'original', description: 'At full size, for models that can' },
		],
		default: 'auto',
		description: 'How closely to look at the picture',
		displayOptions: { show: { type: ['image', 'imageUrl'] } },
	},
];

const messageFields: INodeProperties[] = [
	{
		displayName: 'Role',
		name: 'role',
		type: 'options',
		options: [
			{
				name: 'Assistant',
				value: 'assistant',
				description: 'An earlier reply of the model, or an example of one',
			},
			{ name: 'Developer', value: 'developer', description: 'How to behave, for models that reason' },
			{ name: 'System', value: 'system', description: 'How to behave: role, tone, rules' },
			{ name: 'User', value: 'user', description: 'What you want to know or have done' },
		],
		default: 'user',
	},
	{
		displayName: 'Content',
		name: 'content',
		type: 'string',
		typeOptions: { rows: 4 },
		default: '',
		placeholder: 'e.g. Summarize this e-mail in two sentences: {{ $json.text }}',
	},
	{
		displayName: 'Attachments',
		name: 'attachments',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true, sortable: true },
		placeholder: 'Add Attachment',
		default: {},
		description:
			'Pictures, documents and recordings that belong to the message, in this order after its content',
		displayOptions: { show: { role: ['user'] } },
		options: [{ displayName: 'Attachment', name: 'values', values: attachmentFields }],
	},
];

/** The fields that a conversation is made of. */
export const messagesDescription: INodeProperties[] = [
	{
		displayName: 'Messages From',
		name: 'messagesSource',
		type: 'options',
		options: [
			{ name: 'Fields Below', value: 'build', description: 'Write the messages here' },
			{
				name: 'JSON',
				value: 'json',
				description: 'Take them from a field of the item, or paste them: a whole conversation',
			},
			{
				name: 'JSON, Then Fields Below',
				value: 'both',
				description: 'A conversation so far, and new messages after it',
			},
		],
		default: 'build',
		description: 'Where the conversation to send comes from',
	},
	{
		displayName: 'Messages (JSON)',
		name: 'messagesJson',
		type: 'json',
		default: '[]',
		placeholder: 'e.g. {{ $json.conversation }}',
		hint: 'For a conversation stored earlier: the field conversation, which the option Include Conversation adds to the output',
		description:
			'A list of messages as the API takes them, oldest first: [{"role": "user", "content": "Hi"}]. One such message will do, an object with such a list as "messages", or a plain text, which counts as one message of the user.',
		displayOptions: { show: { messagesSource: ['json', 'both'] } },
	},
	{
		displayName: 'Messages',
		name: 'messages',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true, sortable: true },
		placeholder: 'Add Message',
		default: { values: [{ role: 'user', content: '' }] },
		description:
			'What to send, oldest message first. Instructions have the role System, your question the role User.',
		displayOptions: { show: { messagesSource: ['build', 'both'] } },
		options: [{ displayName: 'Message', name: 'values', values: messageFields }],
	},
];
