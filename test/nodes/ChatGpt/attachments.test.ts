import type { IBinaryData, IBinaryKeyData, IDataObject, INodeParameters } from 'n8n-workflow';
import { runChatGpt } from '../../support/chatGptRun';
import { startFaultServer, type FaultServer } from '../../support/faultServer';

let server: FaultServer;
beforeAll(async () => {
	server = await startFaultServer();
});
beforeEach(() => server.reset());
afterAll(() => server.close());

const file = (fileName: string, mimeType: string, bytes: string | Buffer = fileName): IBinaryData => ({
	data: Buffer.from(bytes).toString('base64'),
	mimeType,
	fileName,
});
const base64 = (text: string) => Buffer.from(text).toString('base64');
const BINARY: IBinaryKeyData = {
	photo: file('cat.png', 'image/png'),
	report: file('report.pdf', 'application/pdf'),
	voice: file('hello.mp3', 'audio/mpeg; charset=binary'),
	sheet: file('sheet.xlsx', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'),
};

/** What comes of an item with binary data whose only message has these attachments. */
async function attach(attachments: INodeParameters[], content = 'Look', binary = BINARY) {
	const { output, error } = await runChatGpt(server, {
		items: [{ json: { property: 'photo', url: 'https://example.com/dog.jpg' }, binary }],
		parameters: { messages: { values: [{ role: 'user', content, attachments: { values: attachments } }] } },
		node: { onError: 'continueRegularOutput' },
	});
	expect(error).toBeUndefined();
	const body = server.requests[0]?.body as { messages: Array<{ content: unknown }> } | undefined;
	return { content: body?.messages[0]?.content, json: output('ChatGPT')[0]!.json };
}

const PHOTO = `data:image/png;base64,${base64('cat.png')}`;

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
			file: { file_data: `data:application/pdf;base64,${base64('report.pdf')}`, filename: 'report.pdf' },
		},
	],
	[
		'a recording',
		{ type: 'audio', binaryPropertyName: 'voice' },
		{ type: 'input_audio', input_audio: { data: base64('hello.mp3'), format: 'mp3' } },
	],
	['a file by ID', { type: 'fileId', fileId: ' file-abc ' }, { type: 'file', file: { file_id: 'file-abc' } }],
	['more text', { type: 'text', text: 'And this?' }, { type: 'text', text: 'And this?' }],
])('%s follows the text', async (_, attachment, part) => {
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

test('several of any kind keep their order, and need no text', async () => {
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

test('each item sends its own', async () => {
	const items = ['one', 'two'].map((name) => ({
		json: { question: name },
		binary: { data: file(name, 'image/png') },
	}));
	const attachments = { values: [{ type: 'image', binaryPropertyName: 'data' }] };
	await runChatGpt(server, {
		items,
		parameters: { messages: { values: [{ role: 'user', content: '={{ $json.question }}', attachments }] } },
	});
	const sent = server.requests.map(({ rawBody }) =>
		['one', 'two'].filter((name) => rawBody.includes(base64(name))),
	);
	expect(sent.sort()).toEqual([['one'], ['two']]);
});

const BIG = 'Messages, message 1, attachment 1';
test.each<[string, INodeParameters, string, string]>([
	[
		'a missing binary field',
		{ type: 'image', binaryPropertyName: 'nothing' },
		'The input item has no binary field "nothing"',
		`${BIG}, Binary Field`,
	],
	[
		'a field left empty',
		{ type: 'image', binaryPropertyName: '' },
		`${BIG}, Binary Field is empty`,
		`${BIG}, Binary Field`,
	],
	[
		'a document as a picture',
		{ type: 'image', binaryPropertyName: 'report' },
		'"report.pdf" is of the type application/pdf, but as a picture the API takes PNG, JPEG, WebP and GIF',
		`${BIG}, Binary Field`,
	],
	[
		'a spreadsheet',
		{ type: 'file', binaryPropertyName: 'sheet' },
		'"sheet.xlsx" is of the type application/vnd.openxmlformats-officedocument.spreadsheetml.sheet, but as a document the API takes PDF',
		`${BIG}, Binary Field`,
	],
	[
		'a picture as a recording',
		{ type: 'audio', binaryPropertyName: 'photo' },
		'"cat.png" is of the type image/png, but as a recording the API takes WAV and MP3',
		`${BIG}, Binary Field`,
	],
	[
		'an address of this machine',
		{ type: 'imageUrl', url: 'file:///etc/passwd' },
		'The URL "file:///etc/passwd" is not an address the provider can fetch a picture from',
		`${BIG}, URL`,
	],
	['a file without ID', { type: 'fileId', fileId: ' ' }, `${BIG}, File ID is empty`, `${BIG}, File ID`],
])('%s is refused before anything is sent', async (_, attachment, error, parameter) => {
	const { json } = await attach([attachment]);
	expect(json).toEqual({ error, details: { parameter, hint: expect.any(String) } });
	expect(server.requests).toHaveLength(0);
});

test('a file too large is refused with its size and the limit', async () => {
	const voice = file('long.wav', 'audio/wav', Buffer.alloc(26 * 1024 * 1024 + 1));
	const { json } = await attach([{ type: 'audio', binaryPropertyName: 'voice' }], 'Listen', { voice });
	expect(json.error).toBe('"long.wav" has 27 MB, but the API takes at most 25 MB');
	expect(server.requests).toHaveLength(0);
});
