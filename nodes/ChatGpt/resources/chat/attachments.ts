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
	{ label: string; names: string; formats: Record<string, string>; maxMB: number }
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
	},
	file: { label: 'document', names: 'PDF', formats: { 'application/pdf': 'pdf' }, maxMB: 50 },
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
	},
};

/**
 * One part of a message's content.
 *
 * @param label how the editor shows the place of the attachment.
 * @throws {InputProblem} when it is missing, of a wrong kind or too large.
 */
export async function readAttachment(
	context: IExecuteFunctions,
	itemIndex: number,
	label: string,
	attachment: Attachment,
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
					'Enter one that begins with https://, or attach the picture from a binary field',
				);
			}
			return { type: 'image_url', image_url: { url, ...detail } };
		}
	}
	const { mimeType, format, data, fileName } = await readBinary(context, itemIndex, label, type, attachment);
	if (type === 'audio') return { type: 'input_audio', input_audio: { data, format } };
	const url = `data:${mimeType};base64,${data}`;
	if (type === 'image') return { type: 'image_url', image_url: { url, ...detail } };
	return { type: 'file', file: { file_data: url, filename: fileName ?? `document.${format}` } };
}

function filled(label: string, value: unknown): string {
	const text = checkText(label, value ?? '').trim();
	if (text) return text;
	throw new InputProblem(label, `${label} is empty`, 'Fill it in, or remove the attachment');
}

async function readBinary(
	context: IExecuteFunctions,
	itemIndex: number,
	label: string,
	media: Media,
	{ binaryPropertyName }: Attachment,
) {
	const fieldLabel = `${label}, Binary Field`;
	const field = filled(fieldLabel, binaryPropertyName);
	const binary = binaryData(context, itemIndex, field);
	if (!binary) {
		throw new InputProblem(
			fieldLabel,
			`The input item has no binary field "${field}"`,
			'Enter the name shown on the tab Binary of the node before, and check that every item has one',
		);
	}
	const { label: what, names, formats, maxMB } = FORMATS[media];
	const mimeType = binary.mimeType.split(';')[0]!.trim().toLowerCase();
	const format = formats[mimeType];
	if (!format) {
		throw new InputProblem(
			fieldLabel,
			`"${binary.fileName ?? field}" is of the type ${mimeType}, but as a ${what} the API takes ${names}`,
			'Convert it first, or choose another Type for the attachment',
		);
	}
	const bytes = await sizeOf(context, binary);
	if (bytes > maxMB * 1024 * 1024) {
		throw new InputProblem(
			fieldLabel,
			`"${binary.fileName ?? field}" has ${Math.ceil(bytes / 1024 / 1024)} MB, but the API takes at most ${maxMB} MB`,
			`Make the ${what} smaller, or upload it to the provider and attach it by ID`,
		);
	}
	const buffer = await context.helpers.getBinaryDataBuffer(itemIndex, field);
	return { mimeType, format, data: buffer.toString('base64'), fileName: binary.fileName };
}

function binaryData(
	{ helpers }: IExecuteFunctions,
	itemIndex: number,
	field: string,
): IBinaryData | undefined {
	try {
		return helpers.assertBinaryData(itemIndex, field);
	} catch {
		return undefined;
	}
}

/** Before it is read: a file too large is not to fill the memory either. */
async function sizeOf({ helpers }: IExecuteFunctions, { id, data }: IBinaryData): Promise<number> {
	if (!id) return Math.ceil(data.length * 0.75);
	return (await helpers.getBinaryMetadata(id)).fileSize;
}
