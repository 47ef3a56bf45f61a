import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';
import type { ContentPart } from '../../../../client/chatRequest';
import { InputProblem, shown } from '../../shared/inputProblem';
import { checkChoice, checkText } from '../../shared/parameterChecks';

/** One row of the field Attachments. */
interface Attachment {
	type?: unknown;
	binaryPropertyName?: unknown;
	url?: unknown;
	fileId?: unknown;
	text?: unknown;
	detail?: unknown;
}

type Media = 'image' | 'file' | 'audio';

const TYPES = ['image', 'imageUrl', 'file', 'fileId', 'audio', 'text'] as const;
/** What OpenAI takes, by MIME type; audio by the name of its format. */
const FORMATS: Record<
	Media,
	{ label: string; names: string; formats: Record<string, string>; maxMB: number; ifTooLarge: string }
> = {
	image: {
		label: 'picture',
		names: 'PNG, JPEG, WebP and GIF',
		formats: {
			'image/png': 'png',
			'image/jpeg': 'jpeg',
			'image/jpg': 'jpeg',
			'image/webp': 'webp',
			'image/gif': 'gif',
		},
		maxMB: 50,
		ifTooLarge: 'Make the picture smaller, or attach it by URL',
	},
	file: {
		label: 'document',
		names: 'PDF',
		formats: { 'application/pdf': 'pdf' },
		maxMB: 50,
		ifTooLarge: 'Make the document smaller, or upload it to the provider and attach it by ID',
	},
	audio: {
		label: 'recording',
		names: 'WAV and MP3',
		formats: {
			'audio/wav': 'wav',
			'audio/wave': 'wav',
			'audio/x-wav': 'wav',
			'audio/vnd.wave': 'wav',
			'audio/mpeg': 'mp3',
			'audio/mp3': 'mp3',
		},
		maxMB: 25,
		ifTooLarge: 'Cut the recording into parts, or save it as MP3, which is smaller than WAV',
	},
};
/** OpenAI's limit on one request. */
const TOTAL_MB = 50;
const MB = 1024 * 1024;

/** How files begin, byte by byte. */
const BEGINNINGS: Array<[RegExp, string]> = [
	[/^\x89PNG\r\n\x1a\n/, 'image/png'],
	[/^\xff\xd8\xff/, 'image/jpeg'],
	[/^GIF8[79]a/, 'image/gif'],
	[/^RIFF[^]{4}WEBP/, 'image/webp'],
	[/^RIFF[^]{4}WAVE/, 'audio/wav'],
	// Tags, or a frame of layer II or III; one of layer I begins like a text in UTF-16.
	[/^(ID3|\xff[\xe2-\xe5\xf2-\xf5\xfa-\xfd])/, 'audio/mpeg'],
	// Something may stand before it.
	[/%PDF-/, 'application/pdf'],
];
const BEGINNING_BYTES = 1024;

/** What the attachments of one item have in all so far. */
export interface Attached {
	bytes: number;
}

/**
 * One part of a message's content.
 *
 * @param attached is counted up.
 * @param label how the editor shows the place of the attachment.
 * @throws {InputProblem} when it is missing, of a wrong kind or too large.
 */
export async function readAttachment(
	context: IExecuteFunctions,
	itemIndex: number,
	label: string,
	attachment: Attachment,
	attached: Attached,
): Promise<ContentPart> {
	const type = checkChoice(`${label}, Type`, attachment.type ?? 'image', TYPES);
	const seen = checkText(`${label}, Detail`, attachment.detail ?? '');
	// What the API does by itself is not sent: other servers may not know it.
	const detail = seen && seen !== 'auto' ? { detail: seen } : {};
	switch (type) {
		case 'text':
			return { type: 'text', text: filled(`${label}, Text`, attachment.text) };
		case 'fileId':
			return { type: 'file', file: { file_id: filled(`${label}, File ID`, attachment.fileId) } };
		case 'imageUrl': {
			const url = filled(`${label}, URL`, attachment.url);
			if (!/^(https?:\/\/|data:image\/)/i.test(url)) {
				throw new InputProblem(
					`${label}, URL`,
					`The URL ${shown(url)} is not an address the provider can fetch a picture from`,
					'Enter one that begins with https://, or take the picture from a binary field',
				);
			}
			return { type: 'image_url', image_url: { url, ...detail } };
		}
	}
	const file = await readBinary(context, itemIndex, `${label}, Binary Field`, type, attachment, attached);
	const { mimeType, format, data, fileName } = file;
	if (type === 'audio') return { type: 'input_audio', input_audio: { data, format } };
	const url = `data:${mimeType};base64,${data}`;
	if (type === 'image') return { type: 'image_url', image_url: { url, ...detail } };
	return { type: 'file', file: { file_data: url, filename: fileName ?? `document.${format}` } };
}

function filled(label: string, value: unknown): string {
	const text = checkText(label, value ?? '').trim();
	if (text) return text;
	throw new InputProblem(label, `${label} is empty`, 'Fill it in, or remove this entry');
}

async function readBinary(
	context: IExecuteFunctions,
	itemIndex: number,
	label: string,
	media: Media,
	{ binaryPropertyName }: Attachment,
	attached: Attached,
) {
	const field = fieldName(context, itemIndex, label, binaryPropertyName);
	const binary = binaryData(context, itemIndex, field);
	if (!binary) {
		throw new InputProblem(
			label,
			`The input item has no binary field "${field}"`,
			'Enter the name shown on the tab Binary of the node before, and check that every item has one',
		);
	}
	if (typeof binary !== 'object' || (!binary.id && typeof binary.data !== 'string')) {
		throw new InputProblem(
			label,
			`The binary field "${field}" holds no file`,
			'Make the file with a node such as HTTP Request or Convert to File, or in a Code node with this.helpers.prepareBinaryData',
		);
	}
	const fileName = binary.fileName ?? field;
	const unreadable = (error: Error) => {
		throw new InputProblem(
			label,
			`"${fileName}" of the binary field "${field}" can no longer be read: ${error.message}`,
			'Run the nodes before again, since n8n deletes the files of old executions',
		);
	};
	// Before it is read: a file too large is not to fill the memory either.
	const bytes = await sizeOf(context, binary).catch(unreadable);
	checkSize(label, fileName, media, bytes, attached);
	const buffer = await context.helpers.getBinaryDataBuffer(itemIndex, field).catch(unreadable);
	return {
		...typeOf(label, fileName, media, buffer, binary.mimeType),
		data: buffer.toString('base64'),
		fileName: binary.fileName,
	};
}

/** The name is easily mistaken for the place of an expression, which gives the file itself. */
function fieldName(context: IExecuteFunctions, itemIndex: number, label: string, value: unknown): string {
	const isFile = typeof value === 'object' && value !== null;
	const isExpression = typeof value === 'string' && value.includes('{{');
	if (!isFile && !isExpression) return filled(label, value);
	const names = Object.keys(context.getInputData()[itemIndex]?.binary ?? {});
	const meant = isFile ? names : names.filter((name) => value.includes(name));
	throw new InputProblem(
		label,
		`${label} must be the name of a binary field, but is ${isFile ? 'the file itself' : shown(value)}`,
		`Enter only the name: ${meant.join(' or ') || 'data'}`,
	);
}

function binaryData(
	{ helpers }: IExecuteFunctions,
	itemIndex: number,
	field: string,
): Partial<IBinaryData> | string | undefined {
	try {
		return helpers.assertBinaryData(itemIndex, field);
	} catch {
		return undefined;
	}
}

async function sizeOf({ helpers }: IExecuteFunctions, { id, data }: Partial<IBinaryData>): Promise<number> {
	if (!id) return Buffer.byteLength(data ?? '', 'base64');
	return (await helpers.getBinaryMetadata(id)).fileSize;
}

function checkSize(label: string, fileName: string, media: Media, bytes: number, attached: Attached): void {
	const { maxMB, ifTooLarge } = FORMATS[media];
	if (bytes === 0) {
		throw new InputProblem(
			label,
			`"${fileName}" is empty (0 bytes)`,
			'Check the node that made or fetched the file',
		);
	}
	if (bytes > maxMB * MB) {
		throw new InputProblem(
			label,
			`"${fileName}" has ${Math.ceil(bytes / MB)} MB, but the API takes at most ${maxMB} MB`,
			ifTooLarge,
		);
	}
	attached.bytes += bytes;
	if (attached.bytes > TOTAL_MB * MB) {
		throw new InputProblem(
			label,
			`With "${fileName}" the attachments of this item have ${Math.ceil(attached.bytes / MB)} MB in all, but the API takes at most ${TOTAL_MB} MB`,
			'Attach fewer or smaller files, or divide them among several items',
		);
	}
}

/** By its beginning: the label is often missing (S3, FTP), and sometimes wrong. */
function typeOf(label: string, fileName: string, media: Media, buffer: Buffer, labelled: unknown) {
	const { label: what, names, formats } = FORMATS[media];
	const beginning = buffer.toString('latin1', 0, BEGINNING_BYTES);
	const found = BEGINNINGS.find(([pattern]) => pattern.test(beginning))?.[1];
	const said = typeof labelled === 'string' ? labelled.split(';')[0]!.trim().toLowerCase() : '';
	const mimeType = found ?? said;
	const format = formats[mimeType];
	if (!format) {
		const type =
			mimeType && mimeType !== 'application/octet-stream' ? `of the type ${mimeType}` : 'of an unknown type';
		throw new InputProblem(
			label,
			`"${fileName}" is ${type}, but as a ${what} the API takes ${names}`,
			'Convert it first, or choose a Type that takes it, if there is one',
		);
	}
	if (!found) {
		throw new InputProblem(
			label,
			`"${fileName}" is labelled ${mimeType}, but its content is something else`,
			'Look at the file in the node before: it may be damaged, or an error page saved under that name',
		);
	}
	return { mimeType, format };
}
