import type {
	IBinaryData,
	IBinaryKeyData,
	IDataObject,
	IExecuteFunctions,
	INodeParameters,
} from 'n8n-workflow';
import type { ItemParameters } from '../../../host/parameters/itemParameters';
import { readAttachment } from '../../../host/parameters/attachments';
import { CONTINUE, runChatGpt, onlyItem } from '../../support/chatGptRun';
import { useFaultServer } from '../../support/useFaultServer';

const server = useFaultServer();

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const PNG = latin1('\x89PNG\r\n\x1a\n');
const PDF = latin1('%PDF-1.7');
const MP3 = latin1('ID3');
const file = (fileName: string, mimeType: string, bytes: string | Buffer): IBinaryData => ({
	data: Buffer.from(bytes).toString('base64'),
	mimeType,
	fileName,
});
const base64 = (bytes: string | Buffer) => Buffer.from(bytes).toString('base64');
const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
const BINARY: IBinaryKeyData = {
	photo: file('cat.png', 'image/png', PNG),
	report: file('report.pdf', 'application/pdf', PDF),
	voice: file('hello.mp3', 'audio/mpeg; charset=binary', MP3),
	sheet: file('sheet.xlsx', XLSX, 'PK'),
	page: file('page.png', 'image/png', '<html>Not found</html>'),
	empty: file('empty.png', 'image/png', ''),
	unknown: file('notes', 'application/octet-stream', 'Notes'),
	gone: { id: 'filesystem-v2:gone', data: 'filesystem-v2', mimeType: 'image/png', fileName: 'gone.png' },
};

/** Sends an item with binary data whose only message has these attachments; gives what was sent and what came out. */
async function attach(attachments: INodeParameters[], content = 'Look', binary = BINARY) {
	const { output, error } = await runChatGpt(server, {
		items: [{ json: { property: 'photo', url: 'https://example.com/dog.jpg' }, binary }],
		parameters: { messages: { values: [{ role: 'user', content, attachments: { values: attachments } }] } },
		node: CONTINUE,
	});
	expect(error).toBeUndefined();
	const body = server.requests[0]?.body as { messages: Array<{ content: unknown }> } | undefined;
	return { content: body?.messages[0]?.content, json: onlyItem({ output }) };
}

const PHOTO = `data:image/png;base64,${base64(PNG)}`;

test.each<[string, INodeParameters, object]>([
	[
		'a picture by URL',
		{ type: 'imageUrl', url: '={{ $json.url }}', detail: 'low' },
		{ type: 'image_url', image_url: { url: 'https://example.com/dog.jpg', detail: 'low' } },
	],
	[
		'a picture from a binary field',
		{ type: 'image', binaryPropertyName: '={{ $json.property }}', detail: 'high' },
		{ type: 'image_url', image_url: { url: PHOTO, detail: 'high' } },
	],
	[
		'a PDF',
		{ type: 'file', binaryPropertyName: 'report' },
		{
			type: 'file',
			file: { file_data: `data:application/pdf;base64,${base64(PDF)}`, filename: 'report.pdf' },
		},
	],
	[
		'a recording',
		{ type: 'audio', binaryPropertyName: 'voice' },
		{ type: 'input_audio', input_audio: { data: base64(MP3), format: 'mp3' } },
	],
	['a file by ID', { type: 'fileId', fileId: ' file-abc ' }, { type: 'file', file: { file_id: 'file-abc' } }],
	['more text', { type: 'text', text: 'And this?' }, { type: 'text', text: 'And this?' }],
])('%s follows the text of the message', async (_, attachment, part) => {
	const { content, json } = await attach([attachment]);
	expect(json.error).toBeUndefined();
	expect(content).toEqual([{ type: 'text', text: 'Look' }, part]);
});

test('the detail of a picture is not sent unless set', async () => {
	const { content } = await attach([{ type: 'image', binaryPropertyName: 'photo' }]);
	expect(content).toEqual([
		{ type: 'text', text: 'Look' },
		{ type: 'image_url', image_url: { url: PHOTO } },
	]);
});

test('several attachments of any kind keep their order, and need no text', async () => {
	const { content } = await attach(
		[
			{ type: 'image', binaryPropertyName: 'photo' },
			{ type: 'text', text: 'A year later:' },
			{ type: 'imageUrl', url: 'https://example.com/dog.jpg' },
			{ type: 'audio', binaryPropertyName: 'voice' },
			{ type: 'file', binaryPropertyName: 'report' },
			{ type: 'fileId', fileId: 'file-abc' },
		],
		'',
	);
	expect((content as IDataObject[]).map(({ type }) => type)).toEqual([
		'image_url',
		'text',
		'image_url',
		'input_audio',
		'file',
		'file',
	]);
});

test('each item sends its own attachments', async () => {
	const items = ['one', 'two'].map((name) => ({
		json: { question: name },
		binary: { data: file(name, 'image/png', Buffer.concat([PNG, Buffer.from(name)])) },
	}));
	const attachments = { values: [{ type: 'image', binaryPropertyName: 'data' }] };
	await runChatGpt(server, {
		items,
		parameters: { messages: { values: [{ role: 'user', content: '={{ $json.question }}', attachments }] } },
	});
	const sent = server.requests.map(({ rawBody }) =>
		['one', 'two'].filter((name) => rawBody.includes(base64(Buffer.concat([PNG, Buffer.from(name)])))),
	);
	expect(sent.sort()).toEqual([['one'], ['two']]);
});

const FIELD = 'Messages, message 1, attachment 1, Binary Field';
test.each<{ name: string; attachment: INodeParameters; error: string; parameter: string }>([
	{
		name: 'a missing binary field',
		attachment: { type: 'image', binaryPropertyName: 'nothing' },
		error: 'The input item has no binary field "nothing"',
		parameter: FIELD,
	},
	{
		name: 'a field left empty',
		attachment: { type: 'image', binaryPropertyName: '' },
		error: `${FIELD} is empty`,
		parameter: FIELD,
	},
	{
		name: 'a document as a picture',
		attachment: { type: 'image', binaryPropertyName: 'report' },
		error:
			'"report.pdf" is of the type application/pdf, but as a picture the API takes PNG, JPEG, WebP and GIF',
		parameter: FIELD,
	},
	{
		name: 'a spreadsheet',
		attachment: { type: 'file', binaryPropertyName: 'sheet' },
		error:
			'"sheet.xlsx" is of the type application/vnd.openxmlformats-officedocument.spreadsheetml.sheet, but as a document the API takes PDF',
		parameter: FIELD,
	},
	{
		name: 'a picture as a recording',
		attachment: { type: 'audio', binaryPropertyName: 'photo' },
		error: '"cat.png" is of the type image/png, but as a recording the API takes WAV and MP3',
		parameter: FIELD,
	},
	{
		name: 'a file of unknown type',
		attachment: { type: 'file', binaryPropertyName: 'unknown' },
		error: '"notes" is of an unknown type, but as a document the API takes PDF',
		parameter: FIELD,
	},
	{
		name: 'an error page labelled as a picture',
		attachment: { type: 'image', binaryPropertyName: 'page' },
		error: '"page.png" is labelled image/png, but its content is something else',
		parameter: FIELD,
	},
	{
		name: 'an empty file',
		attachment: { type: 'image', binaryPropertyName: 'empty' },
		error: '"empty.png" is empty (0 bytes)',
		parameter: FIELD,
	},
	{
		name: 'a file that n8n has deleted',
		attachment: { type: 'image', binaryPropertyName: 'gone' },
		error: '"gone.png" of the binary field "gone" can no longer be read: File not found',
		parameter: FIELD,
	},
	{
		name: 'an address of this machine',
		attachment: { type: 'imageUrl', url: 'file:///etc/passwd' },
		error: 'The URL "file:///etc/passwd" is not an address the provider can fetch a picture from',
		parameter: 'Messages, message 1, attachment 1, URL',
	},
	{
		name: 'a file without ID',
		attachment: { type: 'fileId', fileId: ' ' },
		error: 'Messages, message 1, attachment 1, File ID is empty',
		parameter: 'Messages, message 1, attachment 1, File ID',
	},
])('$name is rejected before anything is sent', async ({ attachment, error, parameter }) => {
	const { json } = await attach([attachment]);
	expect(json).toEqual({ error, details: { parameter, hint: expect.any(String), itemAtFault: true } });
	expect(server.requests).toHaveLength(0);
});

test.each([
	['{{ $binary.photo }}', `${FIELD} must be the name of a binary field, but is "{{ $binary.photo }}"`],
	['={{ $binary.photo }}', `${FIELD} must be the name of a binary field, but is the file itself`],
])('the name of a binary field is asked for in place of %s', async (binaryPropertyName, error) => {
	const { json } = await attach([{ type: 'image', binaryPropertyName }], 'Look', { photo: BINARY.photo! });
	expect(json).toEqual({
		error,
		details: { parameter: FIELD, hint: 'Enter only the name: photo', itemAtFault: true },
	});
	expect(server.requests).toHaveLength(0);
});

describe('the content decides what a file is', () => {
	const sent = async (type: string, bytes: Buffer, mimeType?: string) => {
		const data = { data: base64(bytes), mimeType, fileName: 'file' } as IBinaryData;
		const { content, json } = await attach([{ type, binaryPropertyName: 'data' }], '', { data });
		expect(json.error).toBeUndefined();
		return (content as IDataObject[])[0];
	};

	test.each<[string, string]>([
		['image/png', '\x89PNG\r\n\x1a\n'],
		['image/jpeg', '\xff\xd8\xff\xe0'],
		['image/gif', 'GIF89a'],
		['image/webp', 'RIFF\x0a\x00\n\x00WEBPVP8 '],
	])('a picture is sent as %s when its label is missing, wrong or unknown', async (mimeType, beginning) => {
		for (const label of [undefined, '', 'application/octet-stream', 'image/bmp', 'image/png']) {
			const bytes = latin1(beginning);
			const url = `data:${mimeType};base64,${base64(bytes)}`;
			expect(await sent('image', bytes, label)).toEqual({ type: 'image_url', image_url: { url } });
		}
	});

	test.each<[string, string, string]>([
		['wav', 'a WAV', 'RIFF\x24\x00\x00\x00WAVEfmt '],
		['mp3', 'an MP3 with tags', 'ID3\x04'],
		['mp3', 'an MP3 without', '\xff\xfb\x90'],
	])('a recording is sent as %s by its content: %s', async (format, _, beginning) => {
		const bytes = latin1(beginning);
		const part = { type: 'input_audio', input_audio: { data: base64(bytes), format } };
		expect(await sent('audio', bytes, 'application/octet-stream')).toEqual(part);
	});

	test('a PDF is sent as such, though something comes before it', async () => {
		const bytes = latin1('\xef\xbb\xbf\n%PDF-1.7');
		const file_data = `data:application/pdf;base64,${base64(bytes)}`;
		expect(await sent('file', bytes)).toEqual({ type: 'file', file: { file_data, filename: 'file' } });
	});
});

// n8n itself stores no such files, but a Code node can make them.
test.each<[string, unknown]>([
	['a text', 'cat.png'],
	['a file without data', { mimeType: 'image/png' }],
	['a number', 5],
])('%s in place of a file is rejected', async (_, binary) => {
	const context = { helpers: { assertBinaryData: () => binary } } as unknown as IExecuteFunctions;
	const item = { context, itemIndex: 0 } as ItemParameters;
	const attachment = { type: 'image', binaryPropertyName: 'photo' };
	await expect(readAttachment(item, 'Attachment', attachment, { bytes: 0 })).rejects.toMatchObject({
		name: 'InputProblem',
		parameter: 'Attachment, Binary Field',
		message: 'The binary field "photo" holds no file',
		hint: expect.stringContaining('Convert to File'),
	});
});

describe('a size beyond the limit', () => {
	const MB = 1024 * 1024;
	const large = (name: string, mb: number, beginning = PNG) =>
		file(name, '', Buffer.concat([beginning, Buffer.alloc(mb * MB - beginning.length)]));

	test.each<{ type: string; data: IBinaryData; error: string; hint: string }>([
		{
			type: 'audio',
			data: large('long.wav', 27),
			error: '"long.wav" has 27 MB, but the API takes at most 25 MB',
			hint: 'Cut the recording into parts, or save it as MP3, which is smaller than WAV',
		},
		{
			type: 'image',
			data: large('cat.png', 51),
			error: '"cat.png" has 51 MB, but the API takes at most 50 MB',
			hint: 'Make the picture smaller, or attach it by URL',
		},
		{
			type: 'file',
			data: large('book.pdf', 51),
			error: '"book.pdf" has 51 MB, but the API takes at most 50 MB',
			hint: 'Make the document smaller, or upload it to the provider and attach it by ID',
		},
	])(
		'one attachment of the type $type that is too large is rejected with size and limit',
		async ({ type, data, error, hint }) => {
			const { json } = await attach([{ type, binaryPropertyName: 'data' }], 'Look', { data });
			expect(json).toEqual({ error, details: { parameter: FIELD, hint, itemAtFault: true } });
			expect(server.requests).toHaveLength(0);
		},
	);

	test('attachments too large together are rejected, whichever message of the item they belong to', async () => {
		const message = (name: string) => ({
			role: 'user',
			content: name,
			attachments: { values: [{ type: 'image', binaryPropertyName: name }] },
		});
		const item = (a: number, b: number) => ({
			json: {},
			binary: { a: large('a.png', a), b: large('b.png', b) },
		});
		const { output } = await runChatGpt(server, {
			items: [item(25, 25), item(25, 26)],
			parameters: { messages: { values: [message('a'), message('b')] } },
			node: CONTINUE,
		});
		const [fits, exceeds] = output('ChatGPT');
		expect(fits?.json).not.toHaveProperty('error');
		expect(exceeds?.json).toEqual({
			error: 'With "b.png" the attachments of this item have 51 MB in all, but the API takes at most 50 MB',
			details: {
				parameter: 'Messages, message 2, attachment 1, Binary Field',
				hint: 'Attach fewer or smaller files, or divide them among several items',
				itemAtFault: true,
			},
		});
		expect(server.requests).toHaveLength(1);
	});
});
