import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';
import { InputProblem } from './inputProblem';
import type { ItemParameters } from './itemParameters';

type Media = 'image' | 'file' | 'audio';

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

/** Where a file is, and what it is wanted for. */
interface FilePlace {
	/** How the editor shows the place where the field is named. */
	label: string;
	/** The name of the binary field. */
	field: string;
	media: Media;
}

/** A file that is to be checked. */
interface NamedFile extends FilePlace {
	fileName: string;
}

/**
 * The file in a binary field of an item.
 *
 * @param attached is counted up.
 * @returns its content in base64, its MIME type, and the API's name of its format.
 * @throws {InputProblem} when it is missing, of a wrong kind or too large.
 */
export async function readBinaryFile(
	{ context, itemIndex }: ItemParameters,
	place: FilePlace,
	attached: Attached,
) {
	const { label, field } = place;
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
	const file: NamedFile = { ...place, fileName: binary.fileName ?? field };
	const unreadable = (error: Error) => {
		throw new InputProblem(
			label,
			`"${file.fileName}" of the binary field "${field}" can no longer be read: ${error.message}`,
			'Run the nodes before again, since n8n deletes the files of old executions',
		);
	};
	// Before it is read: a file too large is not to fill the memory either.
	const bytes = await sizeOf(context, binary).catch(unreadable);
	checkSize(file, bytes, attached);
	const buffer = await context.helpers.getBinaryDataBuffer(itemIndex, field).catch(unreadable);
	return {
		...detectType(file, buffer, binary.mimeType),
		data: buffer.toString('base64'),
		fileName: binary.fileName,
	};
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

function checkSize({ label, fileName, media }: NamedFile, bytes: number, attached: Attached): void {
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
function detectType({ label, fileName, media }: NamedFile, buffer: Buffer, labelled: unknown) {
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
